import { type Role, roleAtLeast } from './roles.ts';

/** What a scope speaks of; operations outside every area (`whoami`) need no scope. */
export const AREAS = ['agents', 'credentials', 'audit', 'alerts', 'email', 'usage'] as const;
export type Area = (typeof AREAS)[number];

/** The scopes of the management API; `offline_access` is OAuth's own. */
export const API_SCOPES = [
  'agents:read',
  'agents:write',
  'credentials:read',
  'credentials:write',
  'audit:read',
  'alerts:read',
  'alerts:write',
  'email:read',
  'email:write',
  'usage:read',
] as const;
export type ApiScope = (typeof API_SCOPES)[number];

/** For API tokens only: no OAuth app ever approves. */
export const API_TOKEN_SCOPES = [...API_SCOPES, 'approvals:write'] as const;
export type ApiTokenScope = (typeof API_TOKEN_SCOPES)[number];

/** R reads, W writes, D destroys or cannot be taken back at once. */
export type OperationKind = 'R' | 'W' | 'D';

/** The scope that an operation needs. */
export function scopeFor(kind: OperationKind, area: Area): ApiScope {
  return `${area}:${kind === 'R' ? 'read' : 'write'}` as ApiScope;
}

/** Whether the scopes held allow what is asked; writing in an area includes reading it. */
export function scopesAllow(held: ReadonlySet<string>, needed: string): boolean {
  return held.has(needed) || (needed.endsWith(':read') && held.has(needed.replace(/:read$/, ':write')));
}

/** The scopes that a role can make use of: an operator only reads. */
export function scopesOfRole(role: Role): ApiScope[] {
  return role === 'operator' ? API_SCOPES.filter((scope) => scope.endsWith(':read')) : [...API_SCOPES];
}

/** Every scope that an API token of somebody with this role can carry. */
export function apiTokenScopesOfRole(role: Role): ApiTokenScope[] {
  return roleAtLeast(role, 'manager') ? [...API_TOKEN_SCOPES] : scopesOfRole(role);
}

import type { Caller } from '../core/domain/caller.ts';
import { roleAtLeast } from '../core/domain/roles.ts';
import { AREAS, type Area, scopesAllow } from '../core/domain/scopes.ts';
import { PublicError } from '../core/errors.ts';
import type { OperationDefinition } from '../core/operations/define-operation.ts';
import { roleNeeded } from '../core/operations/invoke.ts';

export type AppCaller = Extract<Caller, { kind: 'app' }>;

/** What the connector's address leaves of the tools: `?readonly=1`, `?areas=agents,alerts`. */
export interface ToolSelection {
  readOnly: boolean;
  areas: ReadonlySet<Area> | null;
}

/** @throws PublicError `invalid_request` for what there is none of: a typing error must not open every tool */
export function readSelection(query: Record<string, unknown>): ToolSelection {
  const mistyped = Object.keys(query).find((name) => !['readonly', 'areas'].includes(name));
  if (mistyped !== undefined) {
    throw new PublicError(
      'invalid_request',
      `There is no "?${mistyped.slice(0, 40)}". Write ?readonly=1, ?areas=${AREAS.join(',')} (some of them), or both.`,
    );
  }
  const readOnly = query.readonly !== undefined && query.readonly !== '0' && query.readonly !== 'false';
  if (query.areas === undefined) return { readOnly, areas: null };
  const named = String(query.areas).split(',');
  const unknown = named.find((area) => !(AREAS as readonly string[]).includes(area));
  if (unknown !== undefined) {
    throw new PublicError(
      'invalid_request',
      `There is no area "${unknown.slice(0, 40)}". Write ?areas= with some of ${AREAS.join(', ')}.`,
    );
  }
  return { readOnly, areas: new Set(named as Area[]) };
}

/** Whether the connector's address leaves this operation. */
export function isSelected({ kind, area }: OperationDefinition, { readOnly, areas }: ToolSelection): boolean {
  if (readOnly && kind !== 'R') return false;
  return areas === null || area === null || areas.has(area);
}

/**
 * Whether a tool is listed: not what the role rules out, nor areas granted nothing. An area granted reading lists its
 * writing tools too, so that a client can ask for more when one is called.
 */
export function isListed(operation: OperationDefinition, caller: AppCaller, selection: ToolSelection): boolean {
  if (!isSelected(operation, selection) || !roleAtLeast(caller.role, roleNeeded(operation))) return false;
  return operation.area === null || scopesAllow(caller.scopes, `${operation.area}:read`);
}

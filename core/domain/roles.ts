/** Roles, from the one that may do least. Read at each call, never stored in a token (invariant 6). */
export const ROLES = ['operator', 'manager', 'admin'] as const;
export type Role = (typeof ROLES)[number];

export function roleAtLeast(role: Role, wanted: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(wanted);
}

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ROLES, type Role } from '../../core/domain/roles.ts';
import type { OperationDefinition } from '../../core/operations/define-operation.ts';
import { operations } from '../../core/operations/index.ts';
import { type RunningApp, startApp } from '../servers/connected-app.ts';
import { seedCaller } from '../servers/seed.ts';
import { type Door, openDoors } from './doors.ts';

let app: RunningApp;
let doors: Map<Role, Door[]>;

beforeAll(async () => {
  app = await startApp();
  doors = new Map();
  for (const role of ROLES) doors.set(role, await openDoors(app, await seedCaller(app.dependencies.database, role)));
});
afterAll(() => app?.stop());

/** What the contract says: an operator reads, a manager does every action, an admin administers the organization. */
function leastRole({ kind, role }: OperationDefinition): Role {
  return role ?? (kind === 'R' ? 'operator' : 'manager');
}

describe.each(operations.map((operation) => [operation.name, operation] as const))('%s', (_name, operation) => {
  test.each(ROLES)('as %s, through every door', async (role) => {
    const isAllowed = ROLES.indexOf(role) >= ROLES.indexOf(leastRole(operation));
    for (const door of doors.get(role)?.filter(({ opensFor }) => opensFor(operation)) ?? []) {
      const { text } = await door.call(operation, { ...operation.examples[0] });
      const isRefused = text.includes(`needs role ${leastRole(operation)}`);
      expect({ door: door.name, isRefused }).toEqual({ door: door.name, isRefused: !isAllowed });
    }
  });
});

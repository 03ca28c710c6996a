import { z } from 'zod';
import { REVOKE_CONNECTED_APP } from '../domain/access-revocation.ts';
import { actorOf } from '../domain/caller.ts';
import { notFound } from '../errors.ts';
import { revokeGrants, startRevocations } from '../services/access-revocations.ts';
import { describeConnectedApp, findGrantsOfApp } from '../services/connected-apps.ts';
import { describeOperation } from '../services/operations.ts';
import { appReference, grantReference } from './connected-app-views.ts';
import { defineOperation } from './define-operation.ts';
import { dryRun } from './members.ts';
import { longRunningAnswer } from './views.ts';

export const revokeConnectedApp = defineOperation({
  name: REVOKE_CONNECTED_APP,
  title: 'Revoke a connected app',
  kind: 'D',
  area: null,
  restOnly: true,
  role: 'operator',
  description:
    "Ends an app's access: your own, or as an admin anybody's. Its tokens are refused from the answer on; the long-running operation then introspects them and settles what the app has under way. The app has to be connected again.",
  examples: [{ app: '0199f3c2-6a51-7d6e-9d0a-3f5d2c1b0a98', dry_run: true }],
  input: z.strictObject({ app: appReference, grant: grantReference, dry_run: dryRun }),
  output: longRunningAnswer,
  rest: { method: 'DELETE', path: '/connected-apps/{app}', status: 202 },
  async run(context, { app, grant, dry_run: onlyTell }) {
    const { transaction, caller, config } = context;
    const grants = await findGrantsOfApp(transaction, caller, { app, grant });
    const { name, person, operations_under_way: underWay } = await describeConnectedApp(transaction, grants);
    context.auditTarget({ kind: 'connected_app', id: app, name });
    const would = [
      `end ${grants.length} of the grants that ${person.email} gave ${name}, and refuse their tokens in all processes`,
      `settle the ${underWay} operations that it has under way: what has not begun is cancelled, the rest goes on in the name of ${person.email}`,
    ];
    if (onlyTell) return { operation_id: null, operation: null, joined: false, dry_run: true, would };
    const by = { requestedBy: actorOf(caller), requestedPersonId: caller.person.id };
    const operation = await revokeGrants(transaction, grants, by);
    // Somebody else ended it a moment ago.
    if (operation === null) throw notFound('connected app', grant ?? app);
    context.auditOperation(operation.id);
    context.afterCommit(() => startRevocations(context, [operation]));
    return {
      operation_id: operation.id,
      operation: describeOperation(operation, config),
      joined: false,
      dry_run: false,
      would,
    };
  },
});

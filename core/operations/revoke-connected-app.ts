import { z } from 'zod';
import { roleAtLeast } from '../domain/roles.ts';
import { notFound } from '../errors.ts';
import { revokeGrantIn } from '../services/oauth-grants.ts';
import { defineOperation } from './define-operation.ts';
import { dryRun } from './members.ts';

export const revokeConnectedApp = defineOperation({
  name: 'revoke_connected_app',
  title: 'Revoke a connected app',
  kind: 'D',
  area: null,
  restOnly: true,
  role: 'operator',
  description: "Ends an app's access at once: your own, or as an admin anybody's. The app has to be connected again.",
  examples: [{ app: '0199f3c2-6a51-7d6e-9d0a-3f5d2c1b0a98' }],
  input: z.strictObject({ app: z.uuid().describe('ID of the connected app.'), dry_run: dryRun }),
  output: z.object({ id: z.string(), name: z.string(), revoked: z.boolean() }),
  rest: { method: 'DELETE', path: '/connected-apps/{app}' },
  async run({ transaction, caller, auditTarget }, { app, dry_run: onlyTell }) {
    const grant = await transaction.oauthGrant.findFirst({
      where: {
        id: app,
        revokedAt: null,
        ...(!roleAtLeast(caller.role, 'admin') && { personId: caller.person.id }),
      },
    });
    if (grant === null) throw notFound('connected app', app);
    auditTarget({ kind: 'connected_app', id: grant.id, name: grant.clientName });
    if (onlyTell !== true) await revokeGrantIn(transaction, grant.id);
    return { id: grant.id, name: grant.clientName, revoked: onlyTell !== true };
  },
});

import { z } from 'zod';
import { scopesNow } from '../domain/grant-scopes.ts';
import { roleAtLeast } from '../domain/roles.ts';
import { decodeCursor, toPage } from '../services/pages.ts';
import { defineOperation } from './define-operation.ts';
import { listed, pageOf } from './members.ts';

const connectedAppView = z.object({
  id: z.string(),
  name: z.string(),
  client_id: z.string(),
  person: z.object({ id: z.uuid(), email: z.string(), name: z.string() }),
  scopes: z.array(z.string()),
  created_at: z.iso.datetime(),
  last_used_at: z.iso.datetime().nullable(),
});

export const listConnectedApps = defineOperation({
  name: 'list_connected_apps',
  title: 'List connected apps',
  kind: 'R',
  area: null,
  restOnly: true,
  description: 'Lists the apps that may act for you in this organization; for admins, for everybody in it.',
  examples: [{}, { limit: 50 }],
  input: z.strictObject(listed),
  output: pageOf(connectedAppView),
  rest: { method: 'GET', path: '/connected-apps' },
  async run({ transaction, caller }, { limit, cursor }) {
    const after = decodeCursor(cursor);
    const grants = await transaction.oauthGrant.findMany({
      where: {
        revokedAt: null,
        ...(!roleAtLeast(caller.role, 'admin') && { personId: caller.person.id }),
        ...(after !== undefined && { id: { lt: after.id } }),
      },
      orderBy: { id: 'desc' },
      take: limit + 1,
    });
    const people = await transaction.person.findMany({ where: { id: { in: grants.map(({ personId }) => personId) } } });
    return toPage(
      grants,
      limit,
      (grant) => {
        const person = people.find(({ id }) => id === grant.personId);
        return {
          id: grant.id,
          name: grant.clientName,
          client_id: grant.clientId,
          person: { id: grant.personId, email: person?.email ?? '', name: person?.name ?? '' },
          scopes: scopesNow(grant),
          created_at: grant.createdAt.toISOString(),
          last_used_at: grant.lastUsedAt?.toISOString() ?? null,
        };
      },
      ({ id }) => ({ sort: '', id }),
    );
  },
});

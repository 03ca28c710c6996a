import { z } from 'zod';
import { looksLikeId } from '../domain/names.ts';
import { notFound } from '../errors.ts';
import { describeAgentKey } from '../services/agent-keys.ts';
import { defineOperation } from './define-operation.ts';
import { dryRun } from './members.ts';
import { agentKeyView } from './views.ts';

export const revokeAgentKey = defineOperation({
  name: 'revoke_agent_key',
  title: 'Revoke an agent key',
  kind: 'D',
  area: 'agents',
  description: 'Ends an agent key at once; whoever still presents it is refused. This cannot be taken back.',
  examples: [{ key: '01998c5e-7d3a-7b1e-9c55-0d6f3a1b2c4d' }],
  input: z.strictObject({ key: z.string().max(63).describe("The agent key's ID."), dry_run: dryRun }),
  output: z.object({ agent_key: agentKeyView, dry_run: z.boolean(), would: z.array(z.string()) }),
  rest: { method: 'DELETE', path: '/agent-keys/{key}' },
  async run({ transaction, auditTarget, auditTouched }, input) {
    const include = { agent: { select: { name: true } } };
    const key = looksLikeId(input.key)
      ? await transaction.agentKey.findUnique({ where: { id: input.key }, include })
      : null;
    if (key === null) throw notFound('agent key', input.key);
    auditTarget({ kind: 'agent_key', id: key.id, name: key.name });
    if (key.agentId !== null) auditTouched(key.agentId);
    const use = await transaction.lastUse.findUnique({ where: { subjectId: key.id } });
    const would = [
      `refuse every call with ${key.fingerprint} to ${key.agent?.name ?? 'all agents'} from now on`,
      use === null ? 'nobody has used it yet' : `it was last used at ${use.lastUsedAt.toISOString()}`,
    ];
    const revoked =
      input.dry_run || key.revokedAt !== null
        ? key
        : await transaction.agentKey.update({
            where: { id: key.id },
            data: { revokedAt: new Date(), sealed: null, wrappedKey: null, wrapKeyId: null },
            include,
          });
    return { agent_key: describeAgentKey(revoked, use?.lastUsedAt ?? null), dry_run: input.dry_run === true, would };
  },
});

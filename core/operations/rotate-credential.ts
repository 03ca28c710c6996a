import { z } from 'zod';
import { actorOf } from '../domain/caller.ts';
import { DEFAULT_ROTATION, type RotationSettings } from '../domain/rotation.ts';
import { acceptRotation, requireRotatable, rotationOf, rotatorOf } from '../services/credential-rotations.ts';
import { findCredential } from '../services/credentials.ts';
import { createEntryLink } from '../services/one-time-links.ts';
import type { Operation } from '../store/generated/client.ts';
import { defineOperation, type RunContext } from './define-operation.ts';
import { dryRun, reference } from './members.ts';
import { startAfterCommit } from './start-after-commit.ts';
import { longRunningAnswer } from './views.ts';

const seconds = z.number().min(0).max(86_400).optional();

export const rotateCredential = defineOperation({
  name: 'rotate_credential',
  title: 'Rotate a credential',
  kind: 'D',
  area: 'credentials',
  description:
    'Replaces a value while it is used: makes a new one, tries it, gives it a share of the live calls, cuts over, waits until the old one is unused, revokes it. Goes back by itself if calls fare worse. Without a rotator a person enters the new value at entry_url. Answers a long-running operation; a second request joins the first.',
  examples: [{ credential: 'stripe-prod-key' }, { credential: 'stripe-prod-key', canary_share: 0.1, dry_run: true }],
  input: z.strictObject({
    credential: reference,
    canary_share: z.number().min(0).max(1).optional().describe(`Default ${DEFAULT_ROTATION.canaryShare}.`),
    canary_seconds: seconds.describe(`How long live calls are watched; default ${DEFAULT_ROTATION.canarySeconds}.`),
    drain_seconds: seconds.describe(`How long the old one must be unused; default ${DEFAULT_ROTATION.drainSeconds}.`),
    dry_run: dryRun,
  }),
  output: longRunningAnswer,
  rest: { method: 'POST', path: '/credentials/{credential}/rotate', status: 202 },
  async run(context, input) {
    const { transaction, caller } = context;
    const credential = await findCredential(transaction, input.credential);
    context.auditTarget({ kind: 'credential', id: credential.id, name: credential.name });
    requireRotatable(credential);
    const { kind } = rotatorOf(credential);
    const settings: RotationSettings = {
      canaryShare: input.canary_share ?? DEFAULT_ROTATION.canaryShare,
      canarySeconds: input.canary_seconds ?? DEFAULT_ROTATION.canarySeconds,
      drainSeconds: input.drain_seconds ?? DEFAULT_ROTATION.drainSeconds,
    };
    const would = [
      kind === 'manual' ? 'ask a person for the new value' : `make a new value (${kind})`,
      'try it with a call to the upstream',
      `let ${settings.canaryShare * 100} % of the live calls use it for ${settings.canarySeconds} seconds`,
      'make it the current value in every relay',
      `wait until the old value has not been used for ${settings.drainSeconds} seconds`,
      kind === 'manual'
        ? 'ask a person to end the old value at the provider'
        : 'revoke the old value and prove it refused',
    ];
    if (input.dry_run) return { operation_id: null, operation: null, joined: false, dry_run: true, would };
    const accepted = await acceptRotation(transaction, {
      credential,
      settings,
      requestedBy: actorOf(caller),
      requestedPersonId: caller.person.id,
    });
    const start = (operation: Operation) => context.workflows.startCredentialRotation(rotationOf(operation));
    const answer = { ...startAfterCommit(context, accepted, start), would };
    const needsLink = kind === 'manual' && !accepted.joined && accepted.operation.approval === null;
    return { ...answer, entry_url: needsLink ? await entryUrl(context, credential.id) : null };
  },
  forReplay: (output) => ({ ...output, entry_url: null }),
});

async function entryUrl(context: RunContext, credentialId: string): Promise<string> {
  const { transaction, caller } = context;
  const link = { credentialId, personId: caller.person.id, proposedHosts: [] };
  return (await createEntryLink(transaction, context, link)).url;
}

import type { Dependencies } from '../dependencies.ts';
import type { Caller } from '../domain/caller.ts';
import type { ChannelKind } from '../domain/channel.ts';
import { PublicError } from '../errors.ts';
import { newSigningValue } from '../outbound/webhook-signature.ts';
import type { Channel } from '../store/generated/client.ts';
import { fingerprint } from '../vault/fingerprint.ts';
import { channelAssociation, type Vault } from '../vault/vault.ts';
import { checkWebhookUrl } from './upstreams.ts';

/** Where a channel is to lead, as somebody asks for it. */
export interface WishedTarget {
  addresses?: string[] | undefined;
  url?: string | undefined;
  new_signing_value?: boolean | undefined;
}

const NEEDED = { email: 'addresses', webhook: 'url', slack: 'url' } as const;

function wrong(path: keyof WishedTarget, message: string): PublicError {
  return new PublicError('invalid_request', `${path}: ${message}.`, { issues: [{ path, message }] });
}

/** @throws PublicError `invalid_request` for a member that a channel of this kind does not have */
export function requireFitting(kind: ChannelKind, { addresses, url, new_signing_value }: WishedTarget): void {
  if (kind === 'email' && url !== undefined) throw wrong('url', 'an e-mail channel has none; give addresses');
  if (kind !== 'email' && addresses !== undefined) throw wrong('addresses', `a ${kind} channel has none; give url`);
  if (kind !== 'webhook' && new_signing_value) throw wrong('new_signing_value', `a ${kind} channel signs nothing`);
}

/** @throws PublicError `invalid_request` where a new channel would lead nowhere */
export function requireTarget(kind: ChannelKind, wished: WishedTarget): void {
  const member = NEEDED[kind];
  if (wished[member] === undefined) throw wrong(member, `a channel of kind ${kind} needs it`);
}

/**
 * Reads where a channel is to lead, and asks the network guard about it.
 * @returns `href` where a URL was given
 * @throws PublicError `invalid_request`, `upstream_forbidden` with the setting that would allow it, or `rate_limited`
 */
export async function checkTarget(
  context: Pick<Dependencies, 'checkUpstream' | 'config' | 'vault'> & { caller: Pick<Caller, 'organizationId'> },
  { addresses, url }: WishedTarget,
): Promise<{ href: string | undefined; warnings: string[] }> {
  await context.vault.prepare(context.caller.organizationId);
  if (url !== undefined) {
    const checked = await checkWebhookUrl(context, url);
    return { href: checked.url.href, warnings: checked.warnings };
  }
  const mute = addresses !== undefined && context.config.SMTP_URL === undefined;
  const warning = 'SMTP_URL is not set: nothing is mailed until the operator of this installation sets it.';
  return { href: undefined, warnings: mute ? [warning] : [] };
}

/** What people see of an address that is a secret: its host, and how it ends. */
function addressFingerprint(href: string): string {
  const { hostname, pathname, search } = new URL(href);
  const hidden = pathname + search;
  return `${hostname}…${hidden.length < 20 ? '' : hidden.slice(-4)}`;
}

interface NewTarget {
  addresses?: string[] | undefined;
  href?: string | undefined;
  signsAnew: boolean;
}

/**
 * Invariant 1: a signing value, and the address of a Slack-compatible webhook, are stored sealed.
 * @returns the columns to write, and the signing value that was made, for this one answer
 */
export async function targetColumns(
  vault: Vault,
  { organizationId, id, kind }: Pick<Channel, 'organizationId' | 'id' | 'kind'>,
  { addresses, href, signsAnew }: NewTarget,
) {
  const seal = async (value: string, shown: string) => {
    const { sealed, wrappedKey, wrapKeyId } = await vault.seal(
      Buffer.from(value, 'utf8'),
      channelAssociation(organizationId, id),
    );
    return { sealed: Buffer.from(sealed), wrappedKey: Buffer.from(wrappedKey), wrapKeyId, fingerprint: shown };
  };
  const signingValue = signsAnew ? newSigningValue() : null;
  const columns = {
    ...(addresses !== undefined && { addresses: [...new Set(addresses)] }),
    ...(href !== undefined && (kind === 'slack' ? await seal(href, addressFingerprint(href)) : { url: href })),
    ...(signingValue !== null && (await seal(signingValue, fingerprint(signingValue)))),
  };
  return { columns, signingValue };
}

/**
 * The signing value, or the address of a Slack-compatible webhook: for the one that sends.
 * @throws VaultError, VaultUnavailableError
 */
export async function openTarget(vault: Vault, channel: Channel): Promise<string> {
  const { sealed, wrappedKey, wrapKeyId } = channel;
  if (sealed === null || wrappedKey === null || wrapKeyId === null) throw new TypeError('The channel seals nothing.');
  const association = channelAssociation(channel.organizationId, channel.id);
  return (await vault.open({ sealed, wrappedKey, wrapKeyId }, association)).toString('utf8');
}

import { PublicError } from '../errors.ts';
import { isFresh } from '../services/sessions.ts';
import type { RunContext } from './define-operation.ts';

/**
 * A session left open on a desk must not become somebody's lasting access: the person proves again who they are.
 * @param returnTo the page from which they come
 * @throws PublicError `reauthentication_required` with the `url` to do it; `forbidden` to scripts and apps
 */
export async function requireFreshSession(
  { transaction, config, caller }: Pick<RunContext, 'transaction' | 'config' | 'caller'>,
  returnTo: string,
): Promise<void> {
  if (caller.kind !== 'session') {
    throw new PublicError('forbidden', `A person does this on the dashboard, at ${config.publicUrl}${returnTo}.`);
  }
  const session = await transaction.session.findUnique({ where: { id: caller.sessionId } });
  if (session !== null && isFresh(session)) return;
  // Another tab may have chosen another organization since.
  const query = new URLSearchParams({ return_to: `${returnTo}?organization=${caller.organizationId}` });
  const url = `${config.publicUrl}/reauthenticate?${query}`;
  throw new PublicError('reauthentication_required', 'Enter your password again at url, then repeat this.', {
    members: { url },
  });
}

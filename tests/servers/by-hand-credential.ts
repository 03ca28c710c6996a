import type { Dependencies } from '../../core/dependencies.ts';
import type { Caller } from '../../core/domain/caller.ts';
import { call } from '../core/operations/call.ts';

/** A credential `one`, whose new values a person enters, linked to the agent `one`, to which its probe goes. */
export async function makeByHandCredential(dependencies: Dependencies, caller: Caller): Promise<void> {
  const as = (name: string, input: unknown) => call(dependencies, caller, name, input);
  await as('create_agent', { name: 'one', upstream_url: 'a.test' });
  await as('create_credential', { name: 'one', value: 'sk_live_0123456789abcdefghij', allowed_hosts: ['a.test'] });
  await as('link_credential', { agent: 'one', credential: 'one' });
  await as('update_credential', { credential: 'one', probe: { path: '/account' } });
}

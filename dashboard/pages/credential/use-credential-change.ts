import type { Input } from '../../client/registry.ts';
import { useAction } from '../../client/use-action.ts';
import { useFilledVersion } from '../../client/use-filled-version.ts';
import { toast } from '../../parts/toast.tsx';
import type { Credential } from './page.tsx';

type Change = Omit<Input<'update_credential'>, 'credential' | 'expected_version'>;

/**
 * Saves a window's change of a credential, over the version that the window was filled in from.
 * @param saved what is told then, before `onDone`
 */
export function useCredentialChange({ id, version: shown }: Credential, saved: string, onDone: () => void) {
  const action = useAction('update_credential');
  const [version] = useFilledVersion(shown, action.error);
  const save = (change: Change): void => {
    const onSuccess = () => {
      toast(saved);
      onDone();
    };
    action.mutate({ credential: id, ...change, expected_version: version }, { onSuccess });
  };
  return { action, save };
}

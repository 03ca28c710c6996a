import { IconPlus } from '@tabler/icons-react';
import { lazy } from 'react';
import { WindowButton } from '../../parts/window-button.tsx';
import { credentialsStrings } from '../../strings/credentials.ts';

const NewCredentialForm = lazy(() =>
  import('./new-credential-form.tsx').then((made) => ({ default: made.NewCredentialForm })),
);

export function NewCredential() {
  return (
    <WindowButton label={credentialsStrings.create} button={{ leftSection: <IconPlus size={16} aria-hidden /> }}>
      {() => <NewCredentialForm />}
    </WindowButton>
  );
}

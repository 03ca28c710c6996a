import { Radio, Stack, TextInput } from '@mantine/core';
import { IconUserPlus } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import { ROLES, type Role } from '../../../../core/domain/roles.ts';
import { useAction } from '../../../client/use-action.ts';
import { FormEnd } from '../../../parts/form-end.tsx';
import { problemsByField } from '../../../parts/form-problems.ts';
import type { Once } from '../../../parts/shown-once.tsx';
import { toast } from '../../../parts/toast.tsx';
import { WindowButton } from '../../../parts/window-button.tsx';
import { membersStrings } from '../../../strings/members.ts';

const { invite: strings, roles } = membersStrings;

/** Without mail on this installation a link is made instead, and shown once. */
function InviteForm({ onDone }: { onDone: (link?: Once) => void }) {
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<Role>('operator');
  const inviting = useAction('create_invitation');
  const send = (event: FormEvent): void => {
    event.preventDefault();
    inviting.mutate(
      { email, role },
      {
        onSuccess: ({ mailed, url }) => {
          if (mailed) {
            toast(strings.sent(email));
            onDone();
            return;
          }
          const title = strings.handOver(email);
          const text = url === null ? strings.alreadyShown : strings.handOverText;
          onDone({ title, text, label: title, value: url, done: strings.done });
        },
        // The link is not left in the memory of what was asked.
        onSettled: (made) => made !== undefined && inviting.reset(),
      },
    );
  };
  return (
    <form onSubmit={send}>
      <Stack gap="md">
        <TextInput
          data-autofocus
          type="email"
          required
          label={strings.email}
          autoComplete="off"
          value={email}
          error={problemsByField(inviting.error).email}
          onChange={({ currentTarget }) => setEmail(currentTarget.value)}
        />
        <Radio.Group label={strings.role} value={role} onChange={(chosen) => setRole(chosen as Role)}>
          <Stack gap={8} mt={6}>
            {ROLES.map((choice) => (
              <Radio key={choice} value={choice} label={roles[choice].name} description={roles[choice].does} />
            ))}
          </Stack>
        </Radio.Group>
        <FormEnd action={inviting} label={strings.send} />
      </Stack>
    </form>
  );
}

/** Invites a person with a role. */
export function Invite() {
  return (
    <WindowButton label={strings.button} button={{ leftSection: <IconUserPlus size={16} aria-hidden /> }}>
      {(done) => <InviteForm onDone={done} />}
    </WindowButton>
  );
}

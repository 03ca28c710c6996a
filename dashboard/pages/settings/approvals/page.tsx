import { Stack, Switch } from '@mantine/core';
import type { Input, Output } from '../../../client/registry.ts';
import { isAdmin } from '../../../client/role.ts';
import { useAction } from '../../../client/use-action.ts';
import { useOperation } from '../../../client/use-operation.ts';
import { Loaded } from '../../../parts/loaded.tsx';
import { PageHead } from '../../../parts/page-head.tsx';
import { Panel } from '../../../parts/panel.tsx';
import { toast, toastFailure } from '../../../parts/toast.tsx';
import { approvalsStrings as strings } from '../../../strings/approvals.ts';
import { AdminsOnly } from '../admins-only.tsx';
import { SettingsFrame } from '../frame.tsx';

const ACTIONS = ['rotate', 'delete', 'send'] as const;

function PolicyPanel({ policy }: Output<'get_policy'>) {
  const changing = useAction('update_policy');
  const change = (to: Input<'update_policy'>, back: Input<'update_policy'>): void =>
    changing.mutate(to, {
      onSuccess: () => toast(strings.saved, () => changing.mutate(back, { onError: toastFailure })),
      onError: toastFailure,
    });
  const required = policy.require_approval;
  return (
    <Panel title={strings.what} text={strings.whatText}>
      <Stack gap="md">
        {ACTIONS.map((action) => (
          <Switch
            key={action}
            label={strings.actions[action].name}
            description={strings.actions[action].text}
            checked={required[action]}
            disabled={changing.isPending}
            onChange={({ currentTarget: { checked } }) =>
              change({ require_approval: { [action]: checked } }, { require_approval: { [action]: !checked } })
            }
          />
        ))}
        <Switch
          label={strings.secondPerson.name}
          description={strings.secondPerson.text}
          checked={policy.second_person}
          disabled={changing.isPending}
          onChange={({ currentTarget: { checked } }) => change({ second_person: checked }, { second_person: !checked })}
        />
      </Stack>
    </Panel>
  );
}

/** `/settings/approvals`: what needs a person's approval. */
export function ApprovalsPage() {
  const query = useOperation('get_policy', {}, { enabled: isAdmin });
  return (
    <SettingsFrame>
      <PageHead title={strings.title} text={strings.text} />
      {isAdmin ? (
        <Loaded query={query}>{({ policy }) => <PolicyPanel policy={policy} />}</Loaded>
      ) : (
        <AdminsOnly what={strings.title} />
      )}
    </SettingsFrame>
  );
}

import { NumberInput, Stack } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { organization } from '../../../client/boot.ts';
import type { Output } from '../../../client/registry.ts';
import { useAction } from '../../../client/use-action.ts';
import { FormEnd } from '../../../parts/form-end.tsx';
import { numberOrNone } from '../../../parts/number-or-none.ts';
import { toast } from '../../../parts/toast.tsx';
import { commonStrings } from '../../../strings/common.ts';
import { usageStrings } from '../../../strings/usage.ts';

const { plan: strings } = usageStrings;
export type Plan = Output<'get_plan'>['plan'];

export function PlanForm({ plan, onClose }: { plan: Plan; onClose: () => void }) {
  const [requests, setRequests] = useState<number | string>(plan.requests_per_month ?? '');
  const [days, setDays] = useState<number | string>(plan.retention_days);
  const changing = useAction('update_plan');
  const save = (event: FormEvent): void => {
    event.preventDefault();
    changing.mutate(
      {
        organization: organization.id,
        requests_per_month: numberOrNone(requests),
        retention_days: Number(days),
      },
      {
        onSuccess: () => {
          toast(strings.saved);
          onClose();
        },
      },
    );
  };
  return (
    <form onSubmit={save}>
      <Stack gap="md">
        <p className="muted">{strings.changeText}</p>
        <NumberInput
          data-autofocus
          min={0}
          allowDecimal={false}
          thousandSeparator=","
          label={strings.requests}
          placeholder={strings.noLimit}
          value={requests}
          onChange={setRequests}
        />
        <NumberInput
          required
          min={1}
          max={3_650}
          allowDecimal={false}
          label={strings.retentionDays}
          value={days}
          onChange={setDays}
        />
        <FormEnd action={changing} label={commonStrings.save} />
      </Stack>
    </form>
  );
}

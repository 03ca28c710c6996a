import { NumberInput, Stack } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import type { Output } from '../../../client/registry.ts';
import { useAction } from '../../../client/use-action.ts';
import { FormEnd } from '../../../parts/form-end.tsx';
import { numberOrNone } from '../../../parts/number-or-none.ts';
import { toast } from '../../../parts/toast.tsx';
import { commonStrings } from '../../../strings/common.ts';
import { usageStrings } from '../../../strings/usage.ts';

const { edit: strings } = usageStrings;
export type Budget = Output<'get_usage'>['budget'];

/** How much an agent, or the whole organization, should use in a month. */
export function BudgetForm({ agent, budget, onClose }: { agent: string | null; budget: Budget; onClose: () => void }) {
  const [requests, setRequests] = useState<number | string>(budget?.requests_per_month ?? '');
  const [spend, setSpend] = useState<number | string>(budget?.spend_per_month ?? '');
  const changing = useAction('update_budget');
  const save = (event: FormEvent): void => {
    event.preventDefault();
    changing.mutate(
      {
        ...(agent !== null && { agent }),
        requests_per_month: numberOrNone(requests),
        spend_per_month: numberOrNone(spend),
      },
      {
        onSuccess: () => {
          toast(strings.saved);
          onClose();
        },
      },
    );
  };
  const shared = { min: 0, placeholder: strings.none, thousandSeparator: ',', allowNegative: false };
  return (
    <form onSubmit={save}>
      <Stack gap="md">
        <p className="muted">{strings.text}</p>
        <NumberInput
          {...shared}
          data-autofocus
          label={strings.requests}
          allowDecimal={false}
          value={requests}
          onChange={setRequests}
        />
        <NumberInput {...shared} label={strings.spend} decimalScale={2} value={spend} onChange={setSpend} />
        <FormEnd action={changing} label={commonStrings.save} />
      </Stack>
    </form>
  );
}

import { Button, Group, Modal, NumberInput, Stack } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { type FormEvent, useState } from 'react';
import { organization } from '../../../client/boot.ts';
import type { Output } from '../../../client/registry.ts';
import { useAction } from '../../../client/use-action.ts';
import { Failure } from '../../../parts/failure.tsx';
import { FormEnd } from '../../../parts/form-end.tsx';
import { numberOrNone } from '../../../parts/number-or-none.ts';
import { toast } from '../../../parts/toast.tsx';
import { commonStrings } from '../../../strings/common.ts';
import { usageStrings } from '../../../strings/usage.ts';

const { plan: strings } = usageStrings;
export type Plan = Output<'get_plan'>['plan'];

/** Changes the plan; one that stops every call is asked about first. */
export function PlanForm({ plan, onClose }: { plan: Plan; onClose: () => void }) {
  const [requests, setRequests] = useState<number | string>(plan.requests_per_month ?? '');
  const [days, setDays] = useState<number | string>(plan.retention_days);
  const changing = useAction('update_plan');
  const [isAsked, asking] = useDisclosure();
  const save = (): void =>
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
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const stopsCalls = numberOrNone(requests) === 0 && plan.requests_per_month !== 0;
    if (stopsCalls) asking.open();
    else save();
  };
  return (
    <>
      <form onSubmit={submit}>
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
      <Modal opened={isAsked} onClose={asking.close} title={<strong>{strings.stop.title(organization.name)}</strong>}>
        <p>{strings.stop.text}</p>
        {changing.error !== null && <Failure error={changing.error} />}
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={asking.close} data-autofocus>
            {commonStrings.cancel}
          </Button>
          <Button color="red" loading={changing.isPending} onClick={save}>
            {strings.stop.submit}
          </Button>
        </Group>
      </Modal>
    </>
  );
}

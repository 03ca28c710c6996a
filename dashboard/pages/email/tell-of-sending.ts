import { act } from '../../client/act.ts';
import type { Output } from '../../client/registry.ts';
import { toast, toastFailure } from '../../parts/toast.tsx';
import { emailStrings } from '../../strings/email.ts';

const { compose: strings } = emailStrings;

/** What was asked to be sent can be taken back from its toast, and from the outbox for as long as the server lets. */
export function tellOfSending({ operation_id: operation }: Output<'send_email'>): void {
  if (operation === null) return;
  toast(strings.sending, () => {
    act('cancel_operation', { operation }).then(() => toast(strings.takenBack), toastFailure);
  });
}

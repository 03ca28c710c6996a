import { Button, Checkbox, Group, Stack, Textarea } from '@mantine/core';
import { useState } from 'react';
import { useAction } from '../../client/use-action.ts';
import { Failure } from '../../parts/failure.tsx';
import { Panel } from '../../parts/panel.tsx';
import { toast } from '../../parts/toast.tsx';
import { emailStrings } from '../../strings/email.ts';
import { tellOfSending } from '../email/tell-of-sending.ts';

const { thread: strings, compose } = emailStrings;

/** Answers who wrote last: as a draft, or to be sent. */
export function Reply({ thread, maySend }: { thread: string; maySend: boolean }) {
  const [text, setText] = useState('');
  const [isToAll, setToAll] = useState(false);
  const drafting = useAction('draft_email');
  const sending = useAction('send_email');
  const reply = { thread, text, ...(isToAll && { reply_all: true }) };
  const error = sending.error ?? drafting.error;
  const saveDraft = (): void =>
    drafting.mutate(reply, {
      onSuccess: ({ draft }) => {
        toast(draft.in_mailbox ? compose.drafted : compose.drafting);
        setText('');
      },
    });
  const send = (): void =>
    sending.mutate(reply, {
      onSuccess: (answer) => {
        tellOfSending(answer);
        setText('');
      },
    });
  return (
    <Panel title={strings.reply} text={strings.replyHint}>
      <Stack gap="sm">
        <Textarea
          aria-label={strings.reply}
          autosize
          minRows={3}
          maxRows={14}
          value={text}
          onChange={({ currentTarget }) => setText(currentTarget.value)}
        />
        {error !== null && <Failure error={error} />}
        <Group justify="space-between">
          <Checkbox
            size="sm"
            label={strings.replyAll}
            checked={isToAll}
            onChange={({ currentTarget }) => setToAll(currentTarget.checked)}
          />
          <Group gap={8}>
            <Button variant="default" disabled={text.trim() === ''} loading={drafting.isPending} onClick={saveDraft}>
              {compose.draft}
            </Button>
            {maySend && (
              <Button disabled={text.trim() === ''} loading={sending.isPending} onClick={send}>
                {compose.send}
              </Button>
            )}
          </Group>
        </Group>
      </Stack>
    </Panel>
  );
}

import { Button, Group, Modal } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconAlertTriangle, IconShieldCheck } from '@tabler/icons-react';
import type { Output } from '../../client/registry.ts';
import { useAction } from '../../client/use-action.ts';
import { CopyField } from '../../parts/copy-field.tsx';
import { Failure } from '../../parts/failure.tsx';
import { auditStrings } from '../../strings/audit.ts';
import { keepHead, keptHeads } from './kept-heads.ts';
import classes from './verify-chain.module.css';

const { verify: strings } = auditStrings;

function Report({ report }: { report: Output<'verify_audit_events'> }) {
  const { ok, events, waiting, problem_count: problemCount, problems, head } = report;
  return (
    <div className={classes.result} role="status">
      <p className={classes.verdict} data-ok={ok}>
        {ok ? <IconShieldCheck size={20} aria-hidden /> : <IconAlertTriangle size={20} aria-hidden />}
        {ok ? strings.good(events) : strings.bad(problemCount)}
      </p>
      {waiting > 0 && <p>{strings.waiting(waiting)}</p>}
      {problems.length > 0 && (
        <ul className={classes.problems}>
          {problems.map(({ kind, sequence, detail }) => (
            <li key={`${sequence} ${kind}`}>
              <strong>{strings.sequence(sequence)}</strong> {detail}
            </li>
          ))}
        </ul>
      )}
      {head !== null && (
        <div>
          <h3>{strings.head}</h3>
          <p className={classes.text}>{strings.headText}</p>
          <CopyField label={strings.head} text={JSON.stringify(head, null, 2)} block />
        </div>
      )}
    </div>
  );
}

function Verification() {
  const heads = keptHeads();
  const verification = useAction('verify_audit_events', { keepsEverything: true });
  const run = () =>
    verification.mutate({ kept_heads: heads }, { onSuccess: ({ ok, head }) => ok && head !== null && keepHead(head) });
  return (
    <>
      <p className={classes.text}>
        {strings.text} {strings.kept(heads.length)}
      </p>
      {verification.error !== null && <Failure error={verification.error} />}
      {verification.data !== undefined && <Report report={verification.data} />}
      <Group justify="flex-end" mt="lg">
        <Button onClick={run} loading={verification.isPending} data-autofocus>
          {verification.data === undefined ? strings.button : strings.again}
        </Button>
      </Group>
    </>
  );
}

/** The button that holds the audit trail against its signatures, and what was found. */
export function VerifyChain() {
  const [opened, { open, close }] = useDisclosure();
  return (
    <>
      <Button variant="default" leftSection={<IconShieldCheck size={16} aria-hidden />} onClick={open}>
        {strings.button}
      </Button>
      <Modal opened={opened} onClose={close} size="lg" title={<strong>{strings.title}</strong>}>
        <Verification />
      </Modal>
    </>
  );
}

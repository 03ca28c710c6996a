import type { Output } from '../../../client/registry.ts';
import { StatusBadge, type Tone } from '../../../parts/status-badge.tsx';
import { mailboxesStrings } from '../../../strings/mailboxes.ts';
import classes from './mailboxes.module.css';

const { steps: strings } = mailboxesStrings;
type Steps = Output<'test_mailbox'>['steps'];
const TONES: Record<Steps[number]['outcome'], Tone> = { ok: 'success', failed: 'error', not_tried: 'neutral' };

/** How far a connection to each server came. */
export function TrialSteps({ steps }: { steps: Steps }) {
  return (
    <ul className={classes.steps}>
      {steps.map(({ server, step, outcome, message }) => (
        <li key={`${server} ${step}`}>
          <span>
            {server}: {step.replaceAll('_', ' ')}
            {message !== null && <small>{message}</small>}
          </span>
          <StatusBadge tone={TONES[outcome]}>{strings.outcomes[outcome]}</StatusBadge>
        </li>
      ))}
    </ul>
  );
}

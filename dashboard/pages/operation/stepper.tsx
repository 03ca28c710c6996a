import { IconCheck, IconMinus, IconX } from '@tabler/icons-react';
import { lengthInWords, Moment } from '../../parts/moment.tsx';
import { operationsStrings, titleOf, words } from '../../strings/operations.ts';
import type { Operation } from './page.tsx';
import classes from './stepper.module.css';
import { VainAttempts } from './vain-attempts.tsx';

type Step = Operation['steps'][number];

const ICONS: Partial<Record<Step['status'], React.ReactNode>> = {
  done: <IconCheck size={13} stroke={2.6} />,
  failed: <IconX size={13} stroke={2.6} />,
  skipped: <IconMinus size={13} stroke={2.6} />,
};

function lengthOf({ started_at, finished_at }: Step): string | null {
  if (started_at === null) return null;
  const seconds = ((finished_at === null ? Date.now() : Date.parse(finished_at)) - Date.parse(started_at)) / 1_000;
  const length = seconds < 10 ? `${Math.max(seconds, 0).toFixed(1)} s` : lengthInWords(seconds);
  return finished_at === null ? operationsStrings.detail.soFar(length) : length;
}

/** The steps, each with its state, time and evidence. */
export function Stepper({ steps }: { steps: Operation['steps'] }) {
  return (
    <ol className={classes.stepper}>
      {steps.map((step) => (
        <li key={step.name} data-status={step.status} {...(step.status === 'running' && { 'aria-current': 'step' })}>
          <span className={classes.mark} aria-hidden>
            {ICONS[step.status]}
          </span>
          <div>
            <strong>{titleOf(step.name)}</strong> <span className="muted">{words(step.status)}</span>
            {step.started_at !== null && (
              <p className="muted figure">
                <Moment time={step.started_at} /> · {lengthOf(step)}
              </p>
            )}
            {step.detail !== null && <p>{step.detail}</p>}
            <VainAttempts attempts={step.attempts} />
          </div>
        </li>
      ))}
    </ol>
  );
}

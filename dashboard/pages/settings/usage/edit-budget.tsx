import { lazy } from 'react';
import { WindowButton } from '../../../parts/window-button.tsx';
import { usageStrings } from '../../../strings/usage.ts';
import type { Budget } from './budget-form.tsx';

const { edit: strings } = usageStrings;
const BudgetForm = lazy(() => import('./budget-form.tsx').then((made) => ({ default: made.BudgetForm })));

/** Sets how much an agent, or the whole organization, should use in a month. */
export function EditBudget({ agent, budget }: { agent: string | null; budget: Budget }) {
  const what = agent ?? strings.organization;
  return (
    <WindowButton
      label={budget === null ? strings.set : strings.change}
      title={strings.title(what)}
      button={{
        size: agent === null ? 'sm' : 'xs',
        variant: 'default',
        'aria-label': `${budget === null ? strings.set : strings.change}: ${what}`,
      }}
    >
      {(done) => <BudgetForm agent={agent} budget={budget} onClose={done} />}
    </WindowButton>
  );
}

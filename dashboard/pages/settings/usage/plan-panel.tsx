import { lazy } from 'react';
import { inFull } from '../../../charts/formats.ts';
import { boot } from '../../../client/boot.ts';
import { useOperation } from '../../../client/use-operation.ts';
import { Facts } from '../../../parts/facts.tsx';
import { Loaded } from '../../../parts/loaded.tsx';
import { Panel } from '../../../parts/panel.tsx';
import { WindowButton } from '../../../parts/window-button.tsx';
import { usageStrings } from '../../../strings/usage.ts';
import type { Plan } from './plan-form.tsx';

const { plan: strings } = usageStrings;
const PlanForm = lazy(() => import('./plan-form.tsx').then((made) => ({ default: made.PlanForm })));

function ChangePlan({ plan }: { plan: Plan }) {
  return (
    <WindowButton label={strings.change} button={{ size: 'xs', variant: 'default' }}>
      {(done) => <PlanForm plan={plan} onClose={done} />}
    </WindowButton>
  );
}

/** What the organization may use; owners of the installation change it. */
export function PlanPanel() {
  const query = useOperation('get_plan', {});
  const action = boot.is_instance_owner && query.data !== undefined && <ChangePlan plan={query.data.plan} />;
  return (
    <Panel title={strings.title} text={strings.text} action={action}>
      <Loaded query={query}>
        {({ plan }) => (
          <Facts
            rows={[
              [strings.requests, plan.requests_per_month === null ? strings.noLimit : inFull(plan.requests_per_month)],
              [strings.retention, strings.days(plan.retention_days)],
            ]}
          />
        )}
      </Loaded>
    </Panel>
  );
}

import { TrafficCharts } from '../../charts/traffic-charts.tsx';
import { questionOf } from '../../charts/traffic-range.ts';
import { useOperation } from '../../client/use-operation.ts';
import { Loaded } from '../../parts/loaded.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { commonStrings } from '../../strings/common.ts';
import { overviewStrings } from '../../strings/overview.ts';
import { FirstCallNote } from '../welcome/first-call-note.tsx';
import { Agents } from './agents.tsx';
import { Alerts } from './alerts.tsx';
import { Changes } from './changes.tsx';
import { KeyFigures } from './key-figures.tsx';
import classes from './overview.module.css';
import { UnderWay } from './under-way.tsx';

const RANGE = '24h';
const { input, present } = questionOf(RANGE);

/** `/`: how everything does, and what wants somebody. */
export function OverviewPage() {
  const traffic = useOperation('summarize_traffic', input, { present });
  return (
    <>
      <PageHead title={overviewStrings.title} text={overviewStrings.text} />
      <FirstCallNote />
      <KeyFigures />
      <Loaded
        query={traffic}
        waiting={<div className={classes.chartsPlace} role="status" aria-label={commonStrings.loading} />}
      >
        {(answer) => <TrafficCharts range={RANGE} traffic={answer} />}
      </Loaded>
      <div className={classes.sides}>
        <div>
          <Agents />
          <UnderWay />
        </div>
        <div>
          <Alerts />
          <Changes />
        </div>
      </div>
    </>
  );
}

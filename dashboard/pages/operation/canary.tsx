import type { CanarySample } from '../../../core/domain/canary-history.ts';
import { isFinal } from '../../../core/domain/long-running.ts';
import { asHour, asPercent, inFull } from '../../charts/formats.ts';
import { TimeChart } from '../../charts/time-chart.tsx';
import { Legend } from '../../parts/legend.tsx';
import { Panel } from '../../parts/panel.tsx';
import { operationsStrings } from '../../strings/operations.ts';
import classes from './canary.module.css';
import type { Operation } from './page.tsx';

const { canary: strings } = operationsStrings;

type Which = 'new' | 'old';
type FigureName = keyof typeof strings.figures;
const FIGURES = Object.keys(strings.figures) as FigureName[];

function figure(figures: Record<string, unknown>, which: Which, name: FigureName): number {
  return Number((figures[which] as Record<string, unknown> | undefined)?.[name] ?? 0);
}

/** The part of calls with a value that were refused or failed; null before the first call. */
const badShare = ({ calls, bad }: CanarySample['new']): number | null => (calls === 0 ? null : bad / calls);

/** What live calls show of the new value beside the old one. */
export function Canary({ operation: { canary: figures, status } }: { operation: Operation }) {
  if (figures === null) return null;
  const samples = (figures.history ?? []) as CanarySample[];
  const unaware = Number(figures.relays_unaware);
  const text = isFinal(status)
    ? strings.over
    : `${strings.share(asPercent(Number(figures.share)))} ${unaware > 0 ? strings.unaware(unaware) : ''}`;
  return (
    <Panel title={strings.title} text={text}>
      {samples.length > 1 && (
        <>
          <div className={classes.legend}>
            <span className="muted">{strings.rates}</span>
            <Legend
              entries={[
                [strings.newRate, 1],
                [strings.oldRate, 3],
              ]}
            />
          </div>
          <TimeChart
            label={strings.rates}
            height={130}
            times={samples.map(({ time }) => new Date(time))}
            format={asPercent}
            formatTime={asHour}
            series={[
              { name: strings.newRate, values: samples.map((sample) => badShare(sample.new)), color: 1 },
              { name: strings.oldRate, values: samples.map((sample) => badShare(sample.old)), color: 3 },
            ]}
          />
        </>
      )}
      <table className={classes.figures}>
        <caption className="visually-hidden">{strings.title}</caption>
        <thead>
          <tr>
            <th scope="col">{strings.columns.figure}</th>
            <th scope="col">{strings.columns.new}</th>
            <th scope="col">{strings.columns.old}</th>
          </tr>
        </thead>
        <tbody>
          {FIGURES.map((name) => (
            <tr key={name}>
              <th scope="row">{strings.figures[name]}</th>
              <td>{inFull(figure(figures, 'new', name))}</td>
              <td>{inFull(figure(figures, 'old', name))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

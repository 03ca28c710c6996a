import classes from './time-chart.module.css';

/** What a chart shows at the time that is pointed at, beside it. */
export function ChartTip({
  left,
  width,
  title,
  rows,
}: {
  left: number;
  width: number;
  title: string;
  rows: { name: string; color: number; text: string }[];
}) {
  const isRight = left > width / 2;
  return (
    <div className={classes.tip} style={isRight ? { right: width - left + 10 } : { left: left + 10 }}>
      <p>{title}</p>
      {rows.map(({ name, color, text }) => (
        <div key={name}>
          <span style={{ color: `var(--chart-${color})` }}>●</span> {name} <strong>{text}</strong>
        </div>
      ))}
    </div>
  );
}

import { Breaker } from './breaker.tsx';
import type { Agent } from './page.tsx';
import { Routing } from './routing.tsx';
import classes from './traffic.module.css';

export function Settings({ agent }: { agent: Agent }) {
  return (
    <div className={classes.pair}>
      <Routing agent={agent} />
      <Breaker agent={agent} />
    </div>
  );
}

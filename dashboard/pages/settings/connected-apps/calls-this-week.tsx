import { TwoLines } from '../../../parts/two-lines.tsx';
import { connectedAppsStrings as strings } from '../../../strings/connected-apps.ts';

interface Calling {
  calls_this_week: number;
  operations_under_way: number;
}

/** How busy an app, or one of its grants, is. */
export function CallsThisWeek({ calls_this_week, operations_under_way }: Calling) {
  const underWay = operations_under_way > 0 ? strings.underWay(operations_under_way) : undefined;
  return <TwoLines first={strings.calls(calls_this_week)} second={underWay} />;
}

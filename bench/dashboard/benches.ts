import { withDashboardSetting } from './dashboard-setting.ts';
import { firstPaint } from './first-paint.ts';
import { scrolling } from './scrolling.ts';

/** The dashboard's benchmarks by name. */
export const DASHBOARD_BENCHES: Record<string, () => Promise<void>> = {
  'first-paint': () => withDashboardSetting(firstPaint),
  scrolling: () => withDashboardSetting(scrolling),
};

import { buildDashboard } from '../dashboard/build/build-dashboard.ts';

/** `npm run build`: the dashboard's files, where they are missing or older than their sources. */
console.log((await buildDashboard()) ? 'dashboard built' : 'dashboard is up to date');

import { MINUTE_MS } from '../../core/domain/times.ts';
import type { Database } from '../../core/store/database.ts';
import { openJobsDatabase } from '../../core/store/jobs-database.ts';
import type { RoleUrls } from '../migrations/roles.ts';
import type { DemoApi } from './api.ts';

/** The demo's dialer leads them to the demo's own upstream, which takes what comes. */
const CHANNELS = [
  { name: 'ops-chat', kind: 'slack', url: 'https://hooks.slack.com/services/T0DEMO/B0DEMO/pretended-by-the-demo' },
  { name: 'pager', kind: 'webhook', url: 'https://events.example.com/hooks/pager' },
];

/** The first fired two hours ago and is over; the next two fire; the last one is quiet. */
const RULES = [
  {
    name: 'The product fails',
    metric: 'error_rate',
    threshold: 0.25,
    window_seconds: 900,
    scope: { label: 'team:product' },
    severity: 'critical',
    channels: ['ops-chat', 'pager'],
  },
  {
    name: 'Slack fails',
    metric: 'error_rate',
    threshold: 0.05,
    window_seconds: 1_800,
    scope: { agents: ['slack-relay'] },
    channels: ['ops-chat'],
  },
  { name: 'A credential expires soon', metric: 'credential_expires_days', threshold: 14, severity: 'info' },
  { name: 'HubSpot is slow', metric: 'p95_latency_ms', threshold: 2_000, scope: { agents: ['hubspot-relay'] } },
];

const EVALUATED_MS = 180 * MINUTE_MS;

/** Channels and rules of the demo, and what their evaluation over the last three hours comes to. */
export async function seedAlerts(
  database: Database,
  api: DemoApi,
  urls: Pick<RoleUrls, 'jobs'>,
  organizationId: string,
): Promise<void> {
  for (const channel of CHANNELS) await api('POST', '/channels', channel);
  for (const rule of RULES) await api('POST', '/alert-rules', rule);
  const evaluatedFrom = new Date(Date.now() - EVALUATED_MS);
  await database.inOrganization(organizationId, (transaction) =>
    transaction.alertRule.updateMany({ data: { evaluatedFrom } }),
  );
  const jobs = openJobsDatabase(urls.jobs);
  try {
    await jobs.alerts.evaluateRules({ shard: 0, shards: 1 }, Date.now());
  } finally {
    await jobs.close();
  }
}

import { createAgentKey } from '../../core/operations/create-agent-key.ts';
import { createAlertRule } from '../../core/operations/create-alert-rule.ts';
import { createApiToken } from '../../core/operations/create-api-token.ts';
import { invoke } from '../../core/operations/invoke.ts';
import { paths } from '../../dashboard/paths.ts';
import { freshSession, seedAgent, seedApp } from '../servers/seed.ts';
import type { DashboardApp, Member } from './dashboard-app.ts';
import { seedCredential, seedRotation } from './dashboard-rows.ts';
import { seedMail } from './mail-rows.ts';

const TABS = ['logs', 'settings', 'keys', 'credentials', 'use'];

/** The address of every page, and of every tab of an agent, `$name` for a part that varies. */
export const everyPage: readonly string[] = [
  ...Object.values(paths),
  ...TABS.map((tab) => `${paths.agent}?tab=${tab}`),
];

/** An address with the parts that vary. */
export const filledIn = (address: string, values: Record<string, string>): string =>
  address.replace(/\$\w+/g, (name) => values[name] ?? name);

/** Something for every page to show. @returns the parts of addresses that vary, by their `$name` */
export async function seedEveryPage(app: DashboardApp, admin: Member): Promise<Record<string, string>> {
  const { dependencies } = app;
  await seedAgent(dependencies.database, admin.organizationId);
  await seedCredential(app, admin);
  await invoke(createAgentKey, { caller: admin, input: { name: 'billing', agent: 'stripe-relay' } }, dependencies);
  await invoke(createAlertRule, { caller: admin, input: { name: 'Silence', metric: 'no_traffic' } }, dependencies);
  await invoke(
    createApiToken,
    { caller: await freshSession(dependencies.database, admin), input: { name: 'ci', scopes: ['agents:read'] } },
    dependencies,
  );
  return {
    $agent: 'stripe-relay',
    $credential: 'stripe-prod-key',
    $rule: 'new',
    $operation: await seedRotation(app, admin),
    $app: (await seedApp(dependencies, admin)).connectedAppId,
    $thread: await seedMail(app, admin),
  };
}

import { v7 as uuid } from 'uuid';
import { DAY_MS } from '../../core/domain/times.ts';
import { insertOrganization } from '../../core/services/organizations.ts';
import { createPerson, hashNewPassword } from '../../core/services/people.ts';
import { type Database, openDatabase } from '../../core/store/database.ts';
import type { RoleUrls } from '../migrations/roles.ts';
import { seedAlerts } from './alerts.ts';
import { type DemoApi, demoApi } from './api.ts';
import { DEMO_MAIL_HOST } from './demo-dialer.ts';
import { DEMO_ADDRESS } from './mail/letters.ts';
import { type DemoSecrets, saveDemoSecrets } from './secrets.ts';
import { seedMonth } from './seed-month.ts';

const AGENTS = [
  { name: 'hubspot-relay', upstream_url: 'https://api.hubapi.com', rate_limit_rpm: 600, labels: ['team:sales'] },
  {
    name: 'openai-relay',
    upstream_url: 'https://api.openai.com',
    rate_limit_rpm: 120,
    labels: ['team:product'],
    price: { currency: 'USD', llm: { input_per_million: 2.5, output_per_million: 10 } },
  },
  { name: 'github-relay', upstream_url: 'https://api.github.com', rate_limit_rpm: 50, labels: ['team:platform'] },
  { name: 'slack-relay', upstream_url: 'https://slack.com/api', labels: ['team:platform'] },
  { name: 'old-test-agent', upstream_url: 'https://httpbin.org', labels: ['test'] },
];

const CREDENTIALS = [
  { name: 'stripe-prod-key', provider: 'stripe', allowed_hosts: ['api.stripe.com'], agent: undefined },
  { name: 'hubspot-token', provider: 'hubspot', allowed_hosts: ['api.hubapi.com'], agent: 'hubspot-relay' },
  { name: 'openai-key', provider: 'openai', allowed_hosts: ['api.openai.com'], agent: 'openai-relay' },
  {
    name: 'github-token',
    provider: 'github',
    allowed_hosts: ['api.github.com'],
    agent: 'github-relay',
    expires_at: new Date(Date.now() + 10 * DAY_MS).toISOString(),
  },
];

/** Of the tokens that the pretended language model counts, by the price of its agent. */
const CHAT_SPEND_MICROS = 412 * 2.5 + 96 * 10;

/** A value that looks like one and opens nothing. */
const pretendedValue = (name: string): string => `demo_${name.replaceAll('-', '_')}_0123456789abcdef`;

/** The admin who fills the demo. */
interface DemoAdmin {
  organization: { id: string };
  person: { id: string; email: string };
}

export interface DemoSeed {
  appUrl: string;
  dataDir: string;
  databaseUrls: RoleUrls;
  secrets: DemoSecrets;
  /** Whether a mail server runs beside it. */
  hasMail: boolean;
}

/**
 * Fills a new demo; an old one stays as it is, but for the mailbox that it gets once there is a mail server.
 * @returns the secrets, with the agent key that reaches all agents
 */
export async function seedDemo(seed: DemoSeed): Promise<DemoSecrets> {
  const { appUrl, dataDir, secrets, hasMail } = seed;
  const api = demoApi(appUrl, secrets.api_token);
  const complete = { ...secrets };
  complete.agent_key ??= await seedOrganization(api, seed);
  if (hasMail) complete.mailbox_id ??= await seedMailbox(api, secrets.mail_password);
  await saveDemoSecrets(dataDir, complete);
  return complete;
}

/** @returns the agent key that reaches all agents */
async function seedOrganization(api: DemoApi, { databaseUrls, secrets }: DemoSeed): Promise<string> {
  const database = openDatabase(databaseUrls.app, { connections: 2 });
  try {
    const { organization, person } = await api<DemoAdmin>('GET', '/me');
    await seedPeople(database, { organization, person }, secrets);
    await seedAgents(database, api, organization.id);
    const { agent_key } = await api<{ agent_key: { id: string; value: string } }>('POST', '/agent-keys', {
      name: 'demo traffic',
      reveal: 'inline',
    });
    await api('PUT', `/instance/organizations/${organization.id}/plan`, { requests_per_month: 1_000_000 });
    await seedMonth({
      database,
      databaseUrls,
      organizationId: organization.id,
      agentKeyId: agent_key.id,
      spendMicros: { 'openai-relay': CHAT_SPEND_MICROS },
      random: Math.random,
    });
    await seedAlerts(database, api, databaseUrls, organization.id);
    return agent_key.value;
  } finally {
    await database.close();
  }
}

async function seedPeople(
  database: Database,
  { organization, person }: DemoAdmin,
  secrets: DemoSecrets,
): Promise<void> {
  for (const role of ['manager', 'operator'] as const) {
    const email = `${role}@demo.test`;
    const passwordHash = await hashNewPassword(secrets[`${role}_password`], email);
    await database.inOrganization(organization.id, async (transaction) => {
      const personId = await createPerson(transaction, { email, name: `Demo ${role}`, passwordHash });
      await transaction.membership.create({ data: { organizationId: organization.id, personId, role } });
    });
  }
  // The admin has a second organization, so that the switcher has something to switch.
  await database.inOrganization(uuid(), (transaction) =>
    insertOrganization(transaction, { name: 'Globex Demo', admin: person, requestId: uuid() }),
  );
}

async function seedMailbox(api: DemoApi, password: string): Promise<string> {
  const { items } = await api<{ items: { id: string; address: string }[] }>('GET', '/mailboxes');
  const there = items.find(({ address }) => address === DEMO_ADDRESS);
  if (there !== undefined) return there.id;
  const { mailbox } = await api<{ mailbox: { id: string } }>('POST', '/mailboxes', {
    address: DEMO_ADDRESS,
    name: 'Demo Support',
    imap: { host: DEMO_MAIL_HOST, port: 993 },
    smtp: { host: DEMO_MAIL_HOST, port: 465 },
    password,
  });
  return mailbox.id;
}

async function seedAgents(database: Database, api: DemoApi, organizationId: string): Promise<void> {
  for (const agent of AGENTS) await api('POST', '/agents', agent);
  for (const { agent, ...credential } of CREDENTIALS) {
    await api('POST', '/credentials', { ...credential, value: pretendedValue(credential.name) });
    if (agent !== undefined) await api('PUT', `/agents/${agent}/credentials/${credential.name}`, {});
  }
  const createdAt = new Date(Date.now() - 60 * DAY_MS);
  await database.inOrganization(organizationId, async (transaction) => {
    await transaction.agent.updateMany({ data: { createdAt } });
    await transaction.credential.updateMany({ data: { createdAt } });
    await transaction.credentialVersion.updateMany({ data: { createdAt } });
  });
}

import { v7 as uuid } from 'uuid';
import { insertOrganization } from '../../core/services/organizations.ts';
import { createPerson, hashNewPassword } from '../../core/services/people.ts';
import { type Database, openDatabase } from '../../core/store/database.ts';
import { type DemoApi, demoApi } from './api.ts';
import { type DemoSecrets, saveDemoSecrets } from './secrets.ts';

const AGENTS = [
  { name: 'hubspot-relay', upstream_url: 'https://api.hubapi.com', rate_limit_rpm: 600, labels: ['team:sales'] },
  { name: 'openai-relay', upstream_url: 'https://api.openai.com', rate_limit_rpm: 120, labels: ['team:product'] },
  { name: 'github-relay', upstream_url: 'https://api.github.com', rate_limit_rpm: 50, labels: ['team:platform'] },
  { name: 'slack-relay', upstream_url: 'https://slack.com/api', labels: ['team:platform'] },
  { name: 'old-test-agent', upstream_url: 'https://httpbin.org', labels: ['test'] },
];

const CREDENTIALS = [
  { name: 'stripe-prod-key', provider: 'stripe', allowed_hosts: ['api.stripe.com'], agent: undefined },
  { name: 'hubspot-token', provider: 'hubspot', allowed_hosts: ['api.hubapi.com'], agent: 'hubspot-relay' },
  { name: 'openai-key', provider: 'openai', allowed_hosts: ['api.openai.com'], agent: 'openai-relay' },
  { name: 'github-token', provider: 'github', allowed_hosts: ['api.github.com'], agent: 'github-relay' },
];

/** A value that looks like one and opens nothing. */
const pretendedValue = (name: string): string => `demo_${name.replaceAll('-', '_')}_0123456789abcdef`;

export interface DemoSeed {
  appUrl: string;
  dataDir: string;
  /** The app's login. */
  databaseUrl: string;
  secrets: DemoSecrets;
}

/** Fills a new demo; an old one stays as it is. @returns the secrets, with the agent key that reaches all agents */
export async function seedDemo({ appUrl, dataDir, databaseUrl, secrets }: DemoSeed): Promise<DemoSecrets> {
  if (secrets.agent_key !== undefined) return secrets;
  const api = demoApi(appUrl, secrets.api_token);
  const database = openDatabase(databaseUrl, { connections: 2 });
  try {
    await seedPeople(database, api, secrets);
    await seedAgents(database, api);
    const { agent_key } = await api<{ agent_key: { value: string } }>('POST', '/agent-keys', {
      name: 'demo traffic',
      reveal: 'inline',
    });
    const complete = { ...secrets, agent_key: agent_key.value };
    await saveDemoSecrets(dataDir, complete);
    return complete;
  } finally {
    await database.close();
  }
}

async function seedPeople(database: Database, api: DemoApi, secrets: DemoSecrets): Promise<void> {
  const { organization, person } = await api<{ organization: { id: string }; person: { id: string; email: string } }>(
    'GET',
    '/me',
  );
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

async function seedAgents(database: Database, api: DemoApi): Promise<void> {
  for (const agent of AGENTS) await api('POST', '/agents', agent);
  for (const { agent, ...credential } of CREDENTIALS) {
    await api('POST', '/credentials', { ...credential, value: pretendedValue(credential.name) });
    if (agent !== undefined) await api('PUT', `/agents/${agent}/credentials/${credential.name}`, {});
  }
  const { organization } = await api<{ organization: { id: string } }>('GET', '/me');
  const twoMonthsAgo = new Date(Date.now() - 60 * 86_400_000);
  await database.inOrganization(organization.id, (transaction) =>
    transaction.agent.updateMany({ where: { name: 'old-test-agent' }, data: { createdAt: twoMonthsAgo } }),
  );
}

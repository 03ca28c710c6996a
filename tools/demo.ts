import { resolve } from 'node:path';
import { prepareMailServer } from './demo/mail/prepare.ts';
import { ownEnvironment } from './demo/own-environment.ts';
import { demoProcesses } from './demo/processes.ts';
import { demoSecrets } from './demo/secrets.ts';
import { seedDemo } from './demo/seed.ts';
import type { RoleUrls } from './migrations/roles.ts';
import { takePort } from './supervisor/ports.ts';
import type { ProductSettings } from './supervisor/product-processes.ts';
import { runStack } from './supervisor/run-stack.ts';

/** `npm run demo`: the product in a folder of its own, with people, agents and a small upstream to look at. */
const dataDir = resolve(process.env.AGENTGATEWAY_DATA_DIR || '.agentgateway-demo');
const secrets = await demoSecrets(dataDir);
const upstreamPort = await takePort({ port: 0, setting: 'DEMO_UPSTREAM_PORT' });
const mailServer = await prepareMailServer(dataDir, (line) => console.log(line));
let databaseUrls: RoleUrls | undefined;

await runStack({
  environment: {
    ...ownEnvironment(process.env),
    AGENTGATEWAY_DATA_DIR: dataDir,
    AGENTGATEWAY_ADMIN_EMAIL: 'admin@demo.test',
    AGENTGATEWAY_ADMIN_PASSWORD: secrets.admin_password,
    AGENTGATEWAY_ORG: 'Acme Demo',
    AGENTGATEWAY_API_TOKEN: secrets.api_token,
  },
  processes: (settings: ProductSettings) => {
    databaseUrls = settings.databaseUrls;
    return demoProcesses(settings, { upstreamPort, mailServer, mailPassword: secrets.mail_password });
  },
  whenReady: async ({ app_url: appUrl }) => {
    if (databaseUrls === undefined) throw new Error('The demo is ready before its processes were planned.');
    return { ...(await seedDemo({ appUrl, dataDir, databaseUrls, secrets, hasMail: mailServer !== null })) };
  },
});

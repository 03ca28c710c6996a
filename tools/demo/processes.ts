import { join } from 'node:path';
import { nodeProcess } from '../supervisor/process-plan.ts';
import { type ProductProcess, type ProductSettings, productProcesses } from '../supervisor/product-processes.ts';
import type { DemoMailServer } from './mail/prepare.ts';

/** Processes that reach upstreams. */
const REPLACED = ['app', 'relay', 'workers'] as const;

/** What the demo brings besides the product. */
export interface DemoServers {
  upstreamPort: number;
  /** null: there is none in this demo. */
  mailServer: DemoMailServer | null;
  mailPassword: string;
}

/** The product's processes with the demo's dialer in app, relay and workers, a small upstream, and somebody who calls. */
export function demoProcesses(
  settings: ProductSettings,
  { upstreamPort, mailServer, mailPassword }: DemoServers,
): ProductProcess[] {
  const file = (name: string) => join(import.meta.dirname, name);
  const ports = {
    DEMO_UPSTREAM_PORT: String(upstreamPort),
    ...(mailServer && {
      DEMO_IMAP_PORT: String(mailServer.ports.imaps),
      DEMO_SMTP_PORT: String(mailServer.ports.smtp),
      NODE_EXTRA_CA_CERTS: mailServer.certificate.cert,
    }),
  };
  const product = productProcesses(settings).map(({ plan, readiness }) => {
    const replaced = REPLACED.find((name) => plan.name.startsWith(name));
    const demoPlan =
      replaced === undefined
        ? plan
        : {
            ...plan,
            // V8's options stay.
            args: plan.args.with(-1, file(`${replaced}.ts`)),
            environment: { ...plan.environment, ...ports },
          };
    return { plan: demoPlan, readiness };
  });
  const environment = {
    PATH: settings.environment.PATH,
    LOG_LEVEL: settings.environment.LOG_LEVEL,
    AGENTGATEWAY_DATA_DIR: settings.config.AGENTGATEWAY_DATA_DIR,
    AGENTGATEWAY_RELAY_URL: settings.config.relayUrl,
    ...ports,
  };
  const mailProcess = ({ folder, ports: { imap }, greenmailJar }: DemoMailServer): ProductProcess => {
    const own = {
      DEMO_MAIL_FOLDER: folder,
      DEMO_MAIL_PASSWORD: mailPassword,
      DEMO_PLAIN_IMAP_PORT: String(imap),
      ...(greenmailJar !== null && { DEMO_GREENMAIL_JAR: greenmailJar }),
    };
    return { plan: nodeProcess('mail', file('mail/main.ts'), { ...environment, ...own }), readiness: 'ready line' };
  };
  return [
    ...product,
    { plan: nodeProcess('upstream', file('upstream.ts'), environment), readiness: 'ready line' },
    ...(mailServer === null ? [] : [mailProcess(mailServer)]),
    { plan: nodeProcess('traffic', file('traffic.ts'), environment), readiness: 'ready line' },
  ];
}

import { join } from 'node:path';
import { nodeProcess } from '../supervisor/process-plan.ts';
import { type ProductProcess, type ProductSettings, productProcesses } from '../supervisor/product-processes.ts';

/** Processes that reach upstreams. */
const REPLACED = ['app', 'relay', 'workers'] as const;

/** The product's processes with the demo's dialer in app, relay and workers, a small upstream, and somebody who calls. */
export function demoProcesses(settings: ProductSettings, upstreamPort: number): ProductProcess[] {
  const file = (name: string) => join(import.meta.dirname, name);
  const ports = { DEMO_UPSTREAM_PORT: String(upstreamPort) };
  const product = productProcesses(settings).map(({ plan, readiness }) => {
    const replaced = REPLACED.find((name) => plan.name.startsWith(name));
    const demoPlan =
      replaced === undefined
        ? plan
        : { ...plan, args: [file(`${replaced}.ts`)], environment: { ...plan.environment, ...ports } };
    return { plan: demoPlan, readiness };
  });
  const environment = {
    PATH: settings.environment.PATH,
    LOG_LEVEL: settings.environment.LOG_LEVEL,
    AGENTGATEWAY_DATA_DIR: settings.config.AGENTGATEWAY_DATA_DIR,
    AGENTGATEWAY_RELAY_URL: settings.config.relayUrl,
    ...ports,
  };
  return [
    ...product,
    { plan: nodeProcess('upstream', file('upstream.ts'), environment), readiness: 'ready line' },
    { plan: nodeProcess('traffic', file('traffic.ts'), environment), readiness: 'ready line' },
  ];
}

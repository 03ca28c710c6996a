import { join } from 'node:path';
import { type ProductProcess, productProcesses } from '../../../tools/supervisor/product-processes.ts';
import { runStack } from '../../../tools/supervisor/run-stack.ts';

const smallProcess = join(import.meta.dirname, 'small-process.ts');

/** The real start with real servers, and a small process in the place of each of the product's. */
function standIn({ plan, readiness }: ProductProcess): ProductProcess {
  const { PORT, RELAY_PORT } = plan.environment;
  const port = { app: PORT, relay: RELAY_PORT }[plan.name] ?? '0';
  return { plan: { ...plan, args: [smallProcess, plan.name, port] }, readiness };
}

await runStack({ environment: process.env, processes: (settings) => productProcesses(settings).map(standIn) });

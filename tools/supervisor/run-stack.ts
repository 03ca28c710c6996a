import type { RunUrls } from './run-file.ts';
import { type Stack, type StackOptions, startStack } from './start-stack.ts';

function urlList({ urls, dataDir }: Stack): string {
  const rows: [string, string | undefined][] = [
    ['Dashboard', urls.app_url],
    ['MCP', urls.mcp_url],
    ['Relay', urls.relay_url],
    ['Temporal UI', urls.temporal_ui_url],
    ['Data', dataDir],
  ];
  return rows
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `  ${name.padEnd(12)} ${value}`)
    .join('\n');
}

function firstRunHint({ setup_url }: RunUrls): string {
  if (setup_url === undefined) return '';
  return `\n  First run: this link, once, makes the first organization and its admin\n  ${setup_url}\n`;
}

/** What the command lines may change of a start. */
export type RunOptions = Pick<StackOptions, 'environment' | 'processes' | 'whenReady'>;

/**
 * The whole life of a command such as `npm start`: starts everything, prints the URLs, waits for Ctrl-C (or SIGTERM, or
 * the end of the terminal), ends everything and then this process. Exit code 1 with a message when the start failed.
 */
export async function runStack(options: RunOptions): Promise<never> {
  const stopping = new AbortController();
  const asked = new Promise<void>((resolve) => stopping.signal.addEventListener('abort', () => resolve()));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => stopping.abort(new Error('Stopped before everything was ready.')));
  }
  // A terminal that is gone ends nothing by itself: what runs is ended in order.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  const print = (line: string) => console.log(line);
  try {
    const began = performance.now();
    const stack = await startStack({ ...options, print, signal: stopping.signal });
    const seconds = ((performance.now() - began) / 1_000).toFixed(1);
    print(
      `\nAgentGateway is ready (${seconds} s)\n\n${urlList(stack)}\n${firstRunHint(stack.urls)}\nCtrl-C stops it.\n`,
    );
    await asked;
    print('Stopping …');
    await stack.stop();
    print('Stopped. The data stays.');
    process.exit(0);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(stopping.signal.aborted ? 0 : 1);
  }
}

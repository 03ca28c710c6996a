import { Client, type ClientOptions, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import type { RunningApp } from '../servers/connected-app.ts';

/** Both eras of the protocol, each with the mode in which the client speaks it. */
export const ERAS = [
  ['2025-11-25', 'legacy'],
  ['2026-07-28', 'auto'],
] as const;
export type EraMode = (typeof ERAS)[number][1];

/** Connects a client that has its access token already. `prepare` sets its handlers before it connects. */
export async function openClient(
  { url }: Pick<RunningApp, 'url'>,
  accessToken: string,
  { mode, prepare, ...options }: ClientOptions & { mode: EraMode; prepare?: (client: Client) => void },
): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode }, ...options });
  prepare?.(client);
  const transport = new StreamableHTTPClientTransport(new URL('/api/mcp', url), {
    requestInit: { headers: { authorization: `Bearer ${accessToken}` } },
  });
  await client.connect(transport);
  return client;
}

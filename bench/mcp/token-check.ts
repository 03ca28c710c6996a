import { findAppCaller } from '../../core/services/oauth-grants.ts';
import type { Post } from '../load/post.ts';
import type { McpSetting } from './mcp-setting.ts';

const WARM_UP_CHECKS = 500;
const CHECKS = 2_000;

/** How long it takes to find out who presents an access token, one check after the other, in milliseconds. */
export async function tokenCheck(
  { database }: McpSetting,
  { url, headers }: Post,
): Promise<{ p50: number; p99: number }> {
  const mcpUrl = url.replace('127.0.0.1', 'localhost');
  const accessToken = headers.Authorization?.slice('Bearer '.length) ?? '';
  const durations: number[] = [];
  for (let check = 0; check < WARM_UP_CHECKS + CHECKS; check += 1) {
    const startedAt = performance.now();
    const caller = await findAppCaller({ database, config: { mcpUrl } as never }, accessToken, 'bench');
    if (caller === null) throw new Error('The access token was refused.');
    if (check >= WARM_UP_CHECKS) durations.push(performance.now() - startedAt);
  }
  durations.sort((one, other) => one - other);
  const at = (part: number) => durations[Math.floor(part * durations.length)] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99) };
}

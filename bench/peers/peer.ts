import type { ServerProcess } from '../server-process.ts';

/** What is asked of a proxy, again and again. */
export interface Call {
  url: string;
  headers: Record<string, string>;
}

export interface RunningPeer {
  process: ServerProcess;
  call: Call;
}

/** A proxy that is measured beside the relay: on its core, with the same upstream. */
export interface Peer {
  name: string;
  /** @param folder an empty one of its own */
  start(upstreamPort: number, folder: string): Promise<RunningPeer>;
}

/** What a caller sends to each of them; the proxies replace the key by the upstream's. */
export const CALLER_HEADERS = {
  'User-Agent': 'bench/1.0',
  Accept: 'application/json',
  Authorization: 'Bearer the-callers-own-key-of-forty-characters',
};

export const UPSTREAM_SECRET = 'sk_bench_upstream_secret_of_forty_chars';

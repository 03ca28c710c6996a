import { writeFile } from 'node:fs/promises';
import { freePort } from '../../tests/servers/free-port.ts';
import { MEASURED_CORE } from '../cores.ts';
import { ServerProcess } from '../server-process.ts';
import { installedPeers } from './npm-peers.ts';
import { CALLER_HEADERS, type Peer, UPSTREAM_SECRET } from './peer.ts';

/** `@fastify/http-proxy` with a header rewrite, without limit and log. */
export const fastifyHttpProxy: Peer = {
  name: '@fastify/http-proxy',
  async start(upstreamPort, folder) {
    const port = await freePort();
    const file = `${folder}/proxy.cjs`;
    await writeFile(file, program(await installedPeers(), port, upstreamPort));
    const process_ = await ServerProcess.start({ core: MEASURED_CORE, port, command: [process.execPath, file] });
    return { process: process_, call: { url: `http://127.0.0.1:${port}/bench/v1/things`, headers: CALLER_HEADERS } };
  },
};

const program = (installed: string, port: number, upstreamPort: number) => `
const load = require('node:module').createRequire('${installed}/');
const server = load('fastify')();
server.register(load('@fastify/http-proxy'), {
  upstream: 'http://127.0.0.1:${upstreamPort}',
  prefix: '/bench',
  replyOptions: {
    rewriteRequestHeaders: (_, headers) => ({ ...headers, authorization: 'Bearer ${UPSTREAM_SECRET}' }),
  },
});
server.listen({ host: '127.0.0.1', port: ${port} });
`;

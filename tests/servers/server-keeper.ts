import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A server that the tests of one Jest worker share: what a test must know of it, and how it ends. */
export interface SharedServer<Facts extends object = object> {
  facts: Facts;
  stop(): Promise<void>;
}

/** Starts a server; `folder` is its own, empty and removed at the end. */
export type Starter = (folder: string) => Promise<SharedServer>;

/** Names the keeper's socket to the processes that run the tests. */
const SOCKET_VARIABLE = 'AGENTGATEWAY_TEST_SERVERS';

/**
 * Starts each server when a worker's first test asks for it, and ends all with the run: a run of unit tests starts none.
 * Workers share none: Postgres' transactions, for one, are seen in all of its databases.
 */
export async function startServerKeeper(starters: Record<string, Starter>): Promise<{ stop(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'agentgateway-tests-'));
  // Postgres, which does not run as root, must pass through to its own folder inside.
  await chmod(folder, 0o711);
  const started = new Map<string, Promise<SharedServer>>();

  /** @param path `/<name>/<worker>` */
  function start(path: string): Promise<SharedServer> {
    const [, name = '', worker = ''] = path.split('/');
    const starter = starters[name];
    if (starter === undefined) throw new Error(`The tests know no server "${name}".`);
    const server = started.get(path) ?? starter(join(folder, `${name}-${worker}`));
    started.set(path, server);
    return server;
  }

  const listener = createServer(async (incoming, answer) => {
    try {
      const { facts } = await start(incoming.url ?? '');
      answer.end(JSON.stringify({ facts }));
    } catch (error) {
      answer.end(JSON.stringify({ problem: (error as Error).message }));
    }
  });
  const socket = join(folder, 'keeper.sock');
  await new Promise<void>((resolve) => listener.listen(socket, resolve));
  process.env[SOCKET_VARIABLE] = socket;

  return {
    async stop() {
      listener.closeAllConnections();
      listener.close();
      const servers = await Promise.allSettled(started.values());
      await Promise.all(servers.map((server) => (server.status === 'fulfilled' ? server.value.stop() : undefined)));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The facts of this worker's server, which starts now if no test has asked for it yet. */
export async function askForServer<Facts>(name: string): Promise<Facts> {
  const socketPath = process.env[SOCKET_VARIABLE];
  if (socketPath === undefined)
    throw new Error('The keeper of the test servers is not there: run the tests with Jest.');
  const text = await new Promise<string>((resolve, reject) => {
    const path = `/${name}/${process.env.JEST_WORKER_ID}`;
    request({ socketPath, path, agent: false }, async (answer) => {
      let body = '';
      for await (const chunk of answer) body += chunk;
      resolve(body);
    })
      .on('error', reject)
      .end();
  });
  const { facts, problem } = JSON.parse(text) as { facts: Facts; problem?: string };
  if (problem !== undefined) throw new Error(problem);
  return facts;
}

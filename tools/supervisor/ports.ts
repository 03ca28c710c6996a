import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** A port that a process of ours shall listen on: the wish (0: any free one) and the setting that changes it. */
export interface PortWish {
  port: number;
  setting: string;
}

function listenOnce(port: number, host: string | undefined): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : port));
    });
  });
}

/** Below the ports that kernels hand out by themselves, so that nobody is given ours before the child listens. */
const lowest = 20_000;
const count = 10_000;
/** Each is given out once: the child may not listen yet when the next one is asked for. */
const givenOut = new Set<number>();

async function anyFreePort(host: string | undefined): Promise<number> {
  for (;;) {
    const port = randomInt(lowest, lowest + count);
    if (givenOut.has(port)) continue;
    givenOut.add(port);
    const isFree = await listenOnce(port, host).catch(() => undefined);
    if (isFree !== undefined) return port;
  }
}

/**
 * Gives a port that is free at this moment, on the host (default: on all of this machine's addresses).
 * @throws Error that names the port and its setting when it is taken or forbidden
 */
export async function takePort({ port, setting }: PortWish, host?: string): Promise<number> {
  try {
    return port === 0 ? await anyFreePort(host) : await listenOnce(port, host);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = code === 'EACCES' ? 'may not be used by this user' : 'is taken by another program';
    throw new Error(`Port ${port} ${reason}: set ${setting} to another port, or to 0 for any free one.`);
  }
}

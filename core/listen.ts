import { once } from 'node:events';
import type { AddressInfo, ListenOptions, Server } from 'node:net';
import { ConfigError } from './config.ts';

/**
 * Lets a server take connections.
 * @param setting where its port comes from
 * @returns the port, which the system chose if 0 was asked for
 * @throws ConfigError when the port is taken
 */
export async function listen(server: Server, options: ListenOptions, setting: string): Promise<number> {
  server.listen(options);
  try {
    await once(server, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new ConfigError(`Port ${options.port} is taken. Set ${setting} to another port, or to 0 for any free one.`);
  }
  return (server.address() as AddressInfo).port;
}

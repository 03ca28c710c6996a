import { connect } from 'node:net';
import type { Dialer, Resolve } from '../../core/outbound/dialer.ts';

/**
 * Leads every name to the demo's own upstream on this machine, TLS ended here: no demo call leaves the machine, and
 * agents keep their real `upstream_url`s. Passed in by the demo alone; there is no setting for it.
 */
export function createDemoDialer(upstreamPort: number): Dialer {
  return () => (_options, callback) => {
    const socket = connect({ host: '127.0.0.1', port: upstreamPort });
    const failed = (error: Error) => callback(error, null);
    socket.once('error', failed);
    socket.once('connect', () => {
      socket.off('error', failed);
      socket.setNoDelay(true);
      callback(null, socket);
    });
  };
}

/** A public address for every name, so that the network guard has nothing to say; nobody dials it. */
export const resolveDemoNames: Resolve = async () => [{ address: '8.8.8.8', family: 4 }];

import { connect } from 'node:net';
import type { Dialer, Resolve } from '../../core/outbound/dialer.ts';

/** What the demo's mailbox is reached as, by TLS on the usual ports. */
export const DEMO_MAIL_HOST = 'mail.demo.test';

/** Where the demo's own servers listen; 0: there is none. */
export interface DemoPorts {
  upstream: number;
  imap: number;
  smtp: number;
}

/** As the processes of the demo are told them. */
export function demoPorts(environment: NodeJS.ProcessEnv): DemoPorts {
  const port = (name: string) => Number(environment[`DEMO_${name}_PORT`] ?? 0);
  return { upstream: port('UPSTREAM'), imap: port('IMAP'), smtp: port('SMTP') };
}

/**
 * Leads every name to the demo's own upstream on this machine, TLS ended here: no demo call leaves the machine, and
 * agents keep their real `upstream_url`s. Passed in by the demo alone; there is no setting for it.
 */
export function createDemoDialer({ upstream, imap, smtp }: DemoPorts): Dialer {
  return () => (target, callback) => {
    const mailPort = target.hostname === DEMO_MAIL_HOST ? { 993: imap, 465: smtp }[target.port ?? ''] : undefined;
    const socket = connect({ host: '127.0.0.1', port: mailPort ?? upstream });
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

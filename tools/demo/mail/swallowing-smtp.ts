import { readFile } from 'node:fs/promises';
import { SMTPServer } from 'smtp-server';
import type { DemoMailServer } from './prepare.ts';

/** An SMTP server, with TLS from the first byte, that takes what whoever knows the password sends, and keeps nothing. */
export async function startSwallowingSmtp(
  port: number,
  certificate: DemoMailServer['certificate'],
  password: string,
): Promise<void> {
  const smtp = new SMTPServer({
    secure: true,
    key: await readFile(certificate.key),
    cert: await readFile(certificate.cert),
    onAuth: (auth, _session, callback) =>
      auth.password === password
        ? callback(null, { user: auth.username })
        : callback(new Error('5.7.8 Wrong password')),
    onData(stream, _session, callback) {
      stream.resume();
      stream.once('end', () => callback(null));
    },
  });
  // A client that breaks off fails its own call.
  smtp.on('error', () => {});
  smtp.listen(port, '127.0.0.1');
}

import { appendFileSync, readFileSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';

/**
 * An SMTP server in a process of its own, which a test kills: it keeps the Message-ID of each mail that it takes in a file,
 * and says so a moment later. Whoever is killed in that moment leaves the sender in doubt.
 */
const { PORT, RECEIPTS = '', KEY = '', CERT = '', SLOWEST_MS = '0' } = process.env;
const server = new SMTPServer({
  secure: true,
  key: readFileSync(KEY),
  cert: readFileSync(CERT),
  disableReverseLookup: true,
  onAuth: (_auth, _session, callback) => callback(null, { user: 'mailbox' }),
  onData(stream, _session, callback) {
    buffer(stream).then((source) => {
      const slowMs = Math.random() * Number(SLOWEST_MS);
      const [, messageId] = /^message-id: <([^>]+)>/im.exec(source.toString('utf8')) ?? [];
      // Some die before the mail is taken, some after.
      setTimeout(() => appendFileSync(RECEIPTS, `${messageId}\n`), slowMs / 2);
      setTimeout(callback, slowMs, null, 'taken');
    }, callback);
  },
});
server.on('error', () => {});
server.listen(Number(PORT), '127.0.0.1', () => process.stdout.write('ready\n'));

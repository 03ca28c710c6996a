import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { accepting } from '../../supervisor/accepting.ts';
import { NOBODY, PATH_WITH_SERVERS } from './dovecot.ts';

export interface PostfixSettings {
  /** SMTP with TLS from the first byte. */
  port: number;
  /** Files in PEM. */
  certificate: { key: string; cert: string };
  /** Dovecot's: it knows who may send. */
  authSocket: string;
  /** The mailbox that gets all mail for its domain. */
  mailbox: { address: string; maildir: string };
}

const run = promisify(execFile);
const QUEUES = 'active bounce corrupt defer deferred flush hold incoming maildrop private public saved trace'.split(
  ' ',
);

/** Nobody there has a mailbox: what is sent to them comes back as a delivery report. */
export const BOUNCING_DOMAIN = 'bounces.example';

/** Whether it is installed and we are root, as it has to be: it gives its processes users of their own. */
export const canRunPostfix = (): boolean =>
  process.getuid?.() === 0 &&
  spawnSync('postconf', ['mail_version'], { env: { PATH: PATH_WITH_SERVERS } }).status === 0;

/**
 * A Postfix of one's own on loopback from which nothing leaves this machine, because none of its services speaks to
 * another server: mail for the mailbox's domain goes into its maildir, mail for `BOUNCING_DOMAIN` comes back, and all
 * other mail is taken and thrown away.
 */
export async function startPostfix(settings: PostfixSettings): Promise<ChildProcess> {
  // Its own users must reach their folders.
  const folder = await mkdtemp('/tmp/agp-');
  await chmod(folder, 0o711);
  await mkdir(join(folder, 'queue/pid'), { recursive: true });
  const folders = ['data', ...QUEUES.map((name) => `queue/${name}`)].map((name) => join(folder, name));
  await run('install', ['-d', '-o', 'postfix', '-m', '0700', ...folders]);
  await writeFile(join(folder, 'main.cf'), mainConfiguration(folder, settings));
  await writeFile(join(folder, 'master.cf'), services(settings.port));
  const env = { PATH: PATH_WITH_SERVERS };
  const { stdout } = await run('postconf', ['-h', 'daemon_directory'], { env });
  // Not by `postfix start-fg`, which leaves this running when it is ended.
  const child = spawn(join(stdout.trim(), 'master'), ['-c', folder, '-s'], { stdio: 'ignore', env });
  child.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  await accepting(settings.port);
  return child;
}

function mainConfiguration(folder: string, { certificate, authSocket, mailbox }: PostfixSettings): string {
  const domain = mailbox.address.split('@')[1];
  return `compatibility_level = 3.6
queue_directory = ${folder}/queue
data_directory = ${folder}/data
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.${domain}
mynetworks =
mydestination =
alias_maps =
smtpd_tls_wrappermode = yes
smtpd_tls_security_level = encrypt
smtpd_tls_key_file = ${certificate.key}
smtpd_tls_cert_file = ${certificate.cert}
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = ${authSocket}
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_reject_unlisted_recipient = no
virtual_mailbox_domains = ${domain} ${BOUNCING_DOMAIN}
virtual_mailbox_base = ${mailbox.maildir}
virtual_mailbox_maps = inline:{ { @${domain} = ./ } }
virtual_uid_maps = static:${NOBODY.uid}
virtual_gid_maps = static:${NOBODY.gid}
default_transport = discard:
`;
}

const services = (port: number) => `127.0.0.1:${port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
virtual unix - n n - - virtual
discard unix - - n - - discard
error unix - - n - - error
retry unix - - n - - error
tlsmgr unix - - n - 1 tlsmgr
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
`;

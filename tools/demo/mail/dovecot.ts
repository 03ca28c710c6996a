import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Debian's place for it, which a user's PATH may lack. */
export const PATH_WITH_SERVERS = `${process.env.PATH}:/usr/sbin:/sbin`;

export interface DovecotSettings {
  /** A folder of its own, which its user can reach. */
  folder: string;
  /** IMAP with TLS from the first byte, and without until STARTTLS. */
  ports: { imaps: number; imap: number };
  /** Files in PEM. */
  certificate: { key: string; cert: string };
  /** Every user's password: whoever signs in has a mailbox. */
  password: string;
  /** Where Dovecot asks whose an OAuth access token is (RFC 7662 without its POST): the token is appended. */
  tokenInfoUrl?: string;
}

export interface Dovecot {
  child: ChildProcess;
  /** Where an SMTP server asks whether a password is right (Dovecot's authentication protocol). */
  authSocket: string;
}

export const hasDovecot = (): boolean =>
  spawnSync('dovecot', ['--version'], { env: { PATH: PATH_WITH_SERVERS } }).status === 0;

/** A user's maildir in the folder of a Dovecot. */
export const maildirOf = (folder: string, user: string): string => join(folder, 'mail', user, 'Maildir');

/** A Dovecot of one's own on loopback, as root or not, with a maildir for each user and the usual folders. */
export async function startDovecot(settings: DovecotSettings): Promise<Dovecot> {
  const configFile = join(settings.folder, 'dovecot.conf');
  const mail = join(settings.folder, 'mail');
  await mkdir(mail, { recursive: true });
  // Paths of sockets are short.
  const sockets = await mkdtemp('/tmp/agd-run-');
  await writeFile(configFile, configuration(settings, sockets), { mode: 0o600 });
  if (settings.tokenInfoUrl !== undefined) {
    await writeFile(oauthFile(settings), `tokeninfo_url = ${settings.tokenInfoUrl}\nusername_attribute = email\n`);
  }
  await chmod(sockets, 0o755);
  if (isRoot()) await chmod(settings.folder, 0o711);
  await giveToDovecot(mail);
  const env = { PATH: PATH_WITH_SERVERS };
  const child = spawn('dovecot', ['-F', '-c', configFile], { stdio: ['ignore', 'ignore', 'inherit'], env });
  child.once('exit', () => rmSync(sockets, { recursive: true, force: true }));
  return { child, authSocket: join(sockets, AUTH_SOCKET) };
}

/** Whether Dovecot's processes can enter a folder. */
export function isReachable(folder: string): boolean {
  return !isRoot() || spawnSync('test', ['-x', folder], { ...NOBODY, cwd: '/' }).status === 0;
}

/** Lets Dovecot's processes write to a folder with all that is in it. */
export async function giveToDovecot(folder: string): Promise<void> {
  if (!isRoot()) return;
  for (const entry of ['.', ...(await readdir(folder, { recursive: true }))]) {
    await chown(join(folder, entry), NOBODY.uid, NOBODY.gid);
  }
}

const isRoot = () => process.getuid?.() === 0;
/** Debian's and Linux' `nobody`, with its group. */
export const NOBODY = { uid: 65_534, gid: 65_534 };

const AUTH_SOCKET = 'smtp-auth';

const oauthFile = ({ folder }: DovecotSettings) => join(folder, 'oauth2.conf');

function configuration(settings: DovecotSettings, sockets: string): string {
  const { folder, ports, certificate, password, tokenInfoUrl } = settings;
  const { uid, gid } = isRoot() ? NOBODY : { uid: process.getuid?.(), gid: process.getgid?.() };
  const own = isRoot()
    ? ''
    : `default_internal_user = #${uid}
default_login_user = #${uid}
default_internal_group = #${gid}
service imap-login { chroot = }`;
  const oauth =
    tokenInfoUrl === undefined
      ? ''
      : `auth_mechanisms = plain xoauth2 oauthbearer
passdb {
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = ${oauthFile(settings)}
}`;
  return `base_dir = ${sockets}
state_dir = ${sockets}
log_path = ${folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_cert = <${certificate.cert}
ssl_key = <${certificate.key}
${own}
first_valid_uid = 1
mail_location = maildir:~/Maildir
mail_max_userip_connections = 100
mail_fsync = never
auth_failure_delay = 0
service anvil {
  chroot =
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service auth {
  unix_listener ${AUTH_SOCKET} {
    mode = 0666
  }
}
${oauth}
passdb {
  driver = static
  args = password=${password}
}
userdb {
  driver = static
  args = uid=${uid} gid=${gid} home=${folder}/mail/%u
}
service imap-login {
  inet_listener imap {
    port = ${ports.imap}
  }
  inet_listener imaps {
    port = ${ports.imaps}
    ssl = yes
  }
}
namespace inbox {
  inbox = yes
  separator = /
  mailbox Drafts {
    auto = subscribe
    special_use = \\Drafts
  }
  mailbox Sent {
    auto = subscribe
    special_use = \\Sent
  }
  mailbox Archive {
    auto = subscribe
    special_use = \\Archive
  }
  mailbox Junk {
    auto = subscribe
    special_use = \\Junk
  }
  mailbox Trash {
    auto = subscribe
    special_use = \\Trash
  }
}
`;
}

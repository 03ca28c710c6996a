import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const headers = (subject: string, more = '') =>
  `Message-ID: <${subject.replaceAll(' ', '-')}@awkward.test>\nFrom: Ann <ann@awkward.test>\nTo: support@mail.test\nSubject: ${subject}\n${more}`;

const nested = (depth: number): string => {
  let body = 'Content-Type: text/plain\n\nthe innermost text';
  for (let level = depth; level > 0; level--) {
    body = `Content-Type: multipart/mixed; boundary="b${level}"\n\n--b${level}\n${body}\n--b${level}--\n`;
  }
  return headers('nested', body);
};

/** Messages as no program should write them, by what is wrong with them. */
export const AWKWARD: Record<string, string> = {
  nothing: '',
  'a blank line': '\n',
  'headers alone': headers('headers alone'),
  'no headers': '\nJust a text.\n',
  'MIME to depth 200': nested(200),
  'an unclosed multipart': headers(
    'unclosed',
    'Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/plain\n\nstill text',
  ),
  'a boundary that never comes': headers(
    'boundary',
    'Content-Type: multipart/mixed; boundary=never\n\ntext without parts',
  ),
  'an unknown charset': headers('charset', 'Content-Type: text/plain; charset=klingon\n\ncaf\xe9'),
  'invalid UTF-8': headers('invalid utf8', 'Content-Type: text/plain; charset=utf-8\n\nbroken \xc3\x28 \xff end'),
  'bytes in headers': headers('h\xe9llo \xc3\xa9 \x80', '\ntext'),
  'a wrong encoded word': headers('=?utf-8?Q?=C3?= =?nonsense?B?!!!?= =?utf-8?B?w6k=', '\ntext'),
  'NUL bytes': headers('nul \0 in subject', '\nnul \0 in text'),
  'an unknown encoding': headers('encoding', 'Content-Transfer-Encoding: rot13\n\ntext as it is'),
  'wrong base64': headers('base64', 'Content-Transfer-Encoding: base64\n\n!!!!this is not base64===='),
  'wrong quoted-printable': headers(
    'qp',
    'MIME-Version: 1.0\nContent-Transfer-Encoding: quoted-printable\n\n=ZZ =C3=A9 =\nend=',
  ),
  'UTF-16': headers(
    'utf16',
    `Content-Type: text/plain; charset=utf-16le\nContent-Transfer-Encoding: base64\n\n${Buffer.from('wide text', 'utf16le').toString('base64')}`,
  ),
  'ISO-2022-JP': headers('japanese', 'Content-Type: text/plain; charset=iso-2022-jp\n\n\x1b$B$3$s$K$A$O\x1b(B'),
  'an HTML bomb in depth': headers('deep html', `Content-Type: text/html\n\n${'<div>'.repeat(70_000)}x`),
  'an HTML bomb in width': headers('wide html', `Content-Type: text/html\n\n${'<p>a</p>'.repeat(50_000)}`),
  'HTML that never ends': headers('endless html', `Content-Type: text/html\n\n<a ${'x=y '.repeat(90_000)}`),
  '1,000 recipients': headers(
    'many',
    `Cc: ${Array.from({ length: 1_000 }, (_, at) => `p${at}@many.test`).join(',\n ')}\n\ntext`,
  ),
  '5,000 references': headers(
    'references',
    `References: ${Array.from({ length: 5_000 }, (_, at) => `<r${at}@many.test>`).join('\n ')}\n\ntext`,
  ),
  'an endless header': headers('long', `X-Long: ${'x'.repeat(500_000)}\n\ntext`),
  'an endless subject': headers('s'.repeat(200_000), '\ntext'),
  'a date that is none': headers('date', 'Date: the day before yesterday\n\ntext'),
  'a date far away': headers('far', 'Date: Fri, 31 Dec 9999 23:59:59 +0000\n\ntext'),
  'addresses that are none':
    'From: <>\nTo: undisclosed-recipients:;\nCc: ,,, "unclosed <a@b\nSubject: addresses\n\ntext',
  'a Message-ID that is none': 'Message-ID: not an id at all\nIn-Reply-To: <<>> <a@b\nSubject: ids\n\ntext',
  'two of each header':
    'Subject: one\nSubject: two\nFrom: a@x.test\nFrom: b@x.test\nMessage-ID: <1@x.test>\nMessage-ID: <2@x.test>\n\ntext',
  'a message in a message': headers('outer', `Content-Type: message/rfc822\n\n${headers('inner', '\ninner text')}`),
  'an attachment of 50 MB': headers(
    'big',
    `Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/plain\n\nsee the file\n--x\nContent-Type: application/zip; name="../../etc/passwd"\nContent-Transfer-Encoding: base64\n\n${'QUFB'.repeat(13_107_200)}\n--x--`,
  ),
  'direction marks': headers('invoice\u202efdp.exe', '\ntext'),
  'bare line feeds and carriage returns': 'Subject: bare\rFrom: a@x.test\n\rtext\r\rmore',
  'a space before the colon': 'Subject : spaced\nFrom : a@x.test\n\ntext',
};

/** The messages that CPython's e-mail parser is tested with, where a Python with its tests is on this machine. */
export function pythonsCorpus(): Record<string, string> {
  const script = 'import test.test_email, os; print(os.path.join(os.path.dirname(test.test_email.__file__), "data"))';
  const { stdout, status } = spawnSync('python3', ['-c', script], { encoding: 'utf8' });
  if (status !== 0) return {};
  const folder = stdout.trim();
  const files = readdirSync(folder).filter((name) => /^msg_\d+\.txt$/.test(name));
  return Object.fromEntries(files.map((name) => [name, readFileSync(join(folder, name), 'latin1')]));
}

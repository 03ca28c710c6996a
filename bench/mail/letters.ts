import { seededRandom } from '../../tests/servers/seeded-random.ts';

const WORDS =
  'order invoice delivery please account thanks customer refund address number week team question answer update contract price product service support meeting report change'.split(
    ' ',
  );

export interface Letter {
  source: string;
  seen: boolean;
  at: Date;
}

/** What a support team's inbox holds: threads of one to about twenty letters, HTML beside text, newsletters, attachments. */
export function* letters(count: number, seed: number): Generator<Letter> {
  const random = seededRandom(seed);
  const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;
  const sentence = () => `${Array.from({ length: 6 + random() * 12 }, () => pick(WORDS)).join(' ')}.`;
  const paragraphs = (many: number) =>
    Array.from({ length: many }, () => Array.from({ length: 3 }, sentence).join(' ')).join('\r\n\r\n');
  const open: { ids: string[]; subject: string; writer: string }[] = [];
  const start = Date.UTC(2026, 0, 1);
  for (let number = 0; number < count; number++) {
    const at = new Date(start + number * 60_000);
    const isReply = open.length > 0 && random() < 0.6;
    const thread = isReply
      ? pick(open)
      : {
          ids: [],
          subject: `${pick(WORDS)} ${pick(WORDS)} ${number}`,
          writer: `person${Math.floor(random() * 2_000)}`,
        };
    if (!isReply) open.push(thread);
    if (open.length > 200) open.splice(Math.floor(random() * open.length), 1);
    const id = `${number}.${seed}@customers.test`;
    const headers = [
      `Message-ID: <${id}>`,
      `Date: ${at.toUTCString().replace('GMT', '+0000')}`,
      `From: ${thread.writer} <${thread.writer}@customers.test>`,
      'To: Support <support@bench.test>',
      `Subject: ${thread.ids.length > 0 ? 'Re: ' : ''}${thread.subject}`,
      'MIME-Version: 1.0',
    ];
    if (thread.ids.length > 0) {
      headers.push(`In-Reply-To: <${thread.ids.at(-1)}>`);
      headers.push(
        `References: ${thread.ids
          .slice(-15)
          .map((each) => `<${each}>`)
          .join('\r\n ')}`,
      );
    }
    thread.ids.push(id);
    const body = bodyOf(random(), paragraphs, random);
    yield { source: `${[...headers, ...body.headers].join('\r\n')}\r\n\r\n${body.text}`, seen: random() < 0.9, at };
  }
}

type Paragraphs = (many: number) => string;

function bodyOf(kind: number, paragraphs: Paragraphs, random: () => number): { headers: string[]; text: string } {
  if (kind < 0.25) return { headers: ['Content-Type: text/plain; charset=utf-8'], text: paragraphs(3) };
  if (kind < 0.4) return newsletter(paragraphs);
  const both = alternative(paragraphs(3));
  if (kind < 0.88) return both;
  const file = Buffer.alloc(20_000 + random() * 150_000, 'attachment')
    .toString('base64')
    .replace(/.{76}/g, '$&\r\n');
  return {
    headers: ['Content-Type: multipart/mixed; boundary="mixed"'],
    text: [
      '--mixed',
      both.headers.join('\r\n'),
      '',
      both.text,
      '--mixed',
      'Content-Type: application/pdf; name="document.pdf"',
      'Content-Disposition: attachment; filename="document.pdf"',
      'Content-Transfer-Encoding: base64',
      '',
      file,
      '--mixed--',
    ].join('\r\n'),
  };
}

function alternative(text: string) {
  return {
    headers: ['Content-Type: multipart/alternative; boundary="alternative"'],
    text: [
      '--alternative',
      'Content-Type: text/plain; charset=utf-8',
      'Content-Transfer-Encoding: quoted-printable',
      '',
      text.replace(/(.{60,70}) /g, '$1 =\r\n'),
      '--alternative',
      'Content-Type: text/html; charset=utf-8',
      '',
      `<html><body><p>${text.replaceAll('\r\n\r\n', '</p><p>')}</p></body></html>`,
      '--alternative--',
    ].join('\r\n'),
  };
}

function newsletter(paragraphs: Paragraphs) {
  const block = paragraphs(12).replaceAll('\r\n\r\n', '</p></td></tr><tr><td style="padding:4px"><p>');
  return {
    headers: ['Content-Type: text/html; charset=utf-8', 'List-Id: <news.customers.test>', 'Precedence: bulk'],
    text: `<html><head><style>p { margin: 0 }</style></head><body><table><tr><td><p>${block}</p></td></tr></table></body></html>`,
  };
}

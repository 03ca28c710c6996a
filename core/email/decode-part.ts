import type { TextPart } from './message-parts.ts';

/**
 * The text of a part as it came over IMAP. Whatever is wrong with encoding or charset, something readable comes of it.
 * @param body possibly cut off anywhere
 */
export function decodePart(body: Buffer, part: TextPart): string {
  const text = decodeCharset(decodeTransfer(body, part.encoding), part.charset).replace(/\r\n?/g, '\n');
  return part.flowed ? unflow(text, part.delSp) : text;
}

/** RFC 2045 §6. */
function decodeTransfer(body: Buffer, encoding: string): Buffer {
  if (encoding === 'base64') return Buffer.from(body.toString('latin1'), 'base64');
  if (encoding === 'quoted-printable') return decodeQuotedPrintable(body.toString('latin1'));
  return body;
}

/** RFC 2045 §6.7; what is no valid escape stands for itself. A run of blanks is looked at once, from where it begins. */
function decodeQuotedPrintable(text: string): Buffer {
  const bytes = text
    .replace(/(?<![ \t])[ \t]+(?=\r?\n|$)/g, '')
    .replace(/=\r?\n/g, '')
    .replace(/=([0-9a-f]{2})/gi, (_escape, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1');
}

/** Text without a charset that can be used is UTF-8 where it is valid UTF-8, else what Windows wrote for long. */
function decodeCharset(bytes: Buffer, charset: string): string {
  const label = charset.trim().toLowerCase();
  if (label !== '' && label !== 'us-ascii' && label !== 'ascii') {
    try {
      return new TextDecoder(label).decode(bytes);
    } catch {
      // No charset that anybody knows.
    }
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

/** RFC 3676 §4: a line that ends with a blank goes on in the next, unless quoted otherwise. */
function unflow(text: string, delSp: boolean): string {
  const lines: string[] = [];
  let joins = false;
  let depth = '';
  for (const line of text.split('\n')) {
    const quote = /^>*/.exec(line)?.[0] ?? '';
    const content = line.slice(quote.length).replace(/^ /, '');
    const last = lines.length - 1;
    if (joins && quote === depth) lines[last] += content;
    else lines.push(quote === '' ? content : `${quote} ${content}`);
    joins = content.endsWith(' ') && content !== '-- ';
    depth = quote;
    if (joins && delSp) lines[lines.length - 1] = (lines.at(-1) ?? '').slice(0, -1);
  }
  return lines.join('\n');
}

import { storableText } from './clean-text.ts';
import { decodePart } from './decode-part.ts';
import { htmlToText, LONGEST_HTML } from './html-text.ts';
import type { TextPart } from './message-parts.ts';

/** Characters of a message's text that are kept; the whole stays at the server. */
export const LONGEST_TEXT = 100_000;
const CUT = '\n[… cut: the message is longer]';

/** How many bytes of a part are asked for: base64 and quoted-printable take more than their text. */
export function bytesToRead({ isHtml }: TextPart): number {
  return isHtml ? LONGEST_HTML : LONGEST_TEXT * 1.5;
}

/**
 * The readable text of a message.
 * @param bodies of its text parts, by part number
 * @returns null where it has none
 */
export function messageText(texts: readonly TextPart[], bodies: ReadonlyMap<string, Buffer>): string | null {
  const read = texts.map((part) => {
    const body = bodies.get(part.part);
    if (body === undefined) return '';
    const decoded = decodePart(body, part);
    return (part.isHtml ? htmlToText(decoded) : decoded).trim();
  });
  const text = read.filter((each) => each !== '').join('\n\n');
  if (text === '') return null;
  return text.length > LONGEST_TEXT ? storableText(text, LONGEST_TEXT) + CUT : storableText(text, LONGEST_TEXT);
}

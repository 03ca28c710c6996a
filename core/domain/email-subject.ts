/** Reply and forward marks of mail programs, in the languages that they are seen in, also counted (`Re[2]:`). */
const PREFIX =
  /^\s*(re|fw|fwd|aw|wg|antw|sv|vs|ref|rif|res|tr|enc|odp|pd|ynt|回复|答复|转发)\s*(\[\d{1,4}\]|\(\d{1,4}\))?\s*[:：]\s*/iu;
/** A list's name in brackets, which it puts before every subject. */
const LIST_NAME = /^\s*\[[^\][]{1,64}\]\s*/u;

const MOST_PREFIXES = 20;
const LONGEST_BASE = 200;

/** A subject without what replies and lists put before it (RFC 5256 §2.1, by its idea), and whether it is a reply's. */
export function readSubject(subject: string): { base: string; isReply: boolean } {
  let rest = subject.slice(0, 1_000);
  let isReply = false;
  for (let count = 0; count < MOST_PREFIXES; count++) {
    const prefix = PREFIX.exec(rest);
    const mark = prefix ?? LIST_NAME.exec(rest);
    // A subject that is nothing but a name in brackets keeps it.
    if (mark === null || (prefix === null && mark[0].length === rest.length)) break;
    isReply ||= prefix !== null;
    rest = rest.slice(mark[0].length);
  }
  const base = rest.replace(/\s+/gu, ' ').trim().toLowerCase().slice(0, LONGEST_BASE).toWellFormed();
  return { base, isReply };
}

/** A text without what it quotes of earlier messages; each quotation leaves one line that tells its length. */
export function foldQuotes(text: string): string {
  const lines = text.split('\n');
  const end = quotedToTheEnd(lines);
  const kept: string[] = [];
  for (let at = 0; at < end; ) {
    const quoted = runOfQuoted(lines, at, end);
    if (quoted === 0) {
      kept.push(lines[at] ?? '');
      at += 1;
      continue;
    }
    dropAttribution(kept);
    kept.push(folded(quoted));
    at += quoted;
  }
  if (end < lines.length) kept.push(folded(lines.length - end));
  return kept
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

const folded = (count: number) => `[${count} quoted ${count === 1 ? 'line' : 'lines'}]`;

const QUOTED = /^\s{0,3}>/;

/** How many lines are quoted from here on; blank ones count where quoted ones follow. */
function runOfQuoted(lines: readonly string[], from: number, end: number): number {
  let length = 0;
  for (let at = from; at < end; at++) {
    const line = lines[at] ?? '';
    if (QUOTED.test(line)) length = at - from + 1;
    else if (line.trim() !== '' || at === from) break;
  }
  return length;
}

/** Lines after which mail programs put the whole earlier message, unmarked. */
const ORIGINAL_MESSAGE =
  /^\s*(-{2,}\s*(original message|forwarded message|ursprüngliche nachricht|message d'origine|mensaje original)\s*-{2,}|_{20,})\s*$/i;
const HEADER_LINE = /^\s*\*?(from|sent|date|to|subject|von|gesendet|an|betreff|de|envoyé|objet)\*?\s*:/i;

/** The line from which on everything is quoted; the number of lines where none is. A forwarded message is no quotation at the top. */
function quotedToTheEnd(lines: readonly string[]): number {
  for (let at = 1; at < lines.length; at++) {
    if (!ORIGINAL_MESSAGE.test(lines[at] ?? '')) continue;
    const headers = lines.slice(at + 1, at + 7).filter((line) => HEADER_LINE.test(line)).length;
    const isBegun = lines.slice(0, at).some((line) => line.trim() !== '');
    if (isBegun && headers >= 2) return at;
  }
  return lines.length;
}

/** "On Tuesday, Anna wrote:", on one line or wrapped to two or three. */
const ATTRIBUTION =
  /^(on|am|le|el|il|op|em|den)\s.{4,400}(wrote|schrieb|a écrit|escribió|ha scritto|schreef|escreveu|skrev)\b.{0,200}:\s*$/is;

function dropAttribution(kept: string[]): void {
  let last = kept.length - 1;
  while (last >= 0 && kept[last]?.trim() === '') last -= 1;
  for (let count = 1; count <= 3 && last - count + 1 >= 0; count++) {
    const candidate = kept.slice(last - count + 1, last + 1);
    if (candidate.some((line) => line.trim() === '')) return;
    if (!ATTRIBUTION.test(candidate.join(' '))) continue;
    kept.length = last - count + 1;
    return;
  }
}

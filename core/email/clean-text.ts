/** A text of a stranger's as it may be stored: no NUL, no half of a surrogate pair, at most `longest` characters. */
export function storableText(text: string, longest: number): string {
  return text.slice(0, longest).toWellFormed().replaceAll('\u0000', '\ufffd');
}

/** The same on one line, without control and direction characters that would make it look like another. */
export function cleanText(text: string, longest: number): string {
  const line = text
    .slice(0, longest * 4)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ')
    .replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '');
  return storableText(line.trim(), longest);
}

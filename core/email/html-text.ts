import { compile } from 'html-to-text';

/** More of a message's HTML is not read. */
export const LONGEST_HTML = 400_000;

/** What nobody sees: it is either for programs, or for a reader who is to be deceived. */
const INVISIBLE = [
  'head',
  'script',
  'style',
  'template',
  'noscript',
  'svg',
  'object',
  'iframe',
  'input',
  'textarea',
  '[hidden]',
  '[style*="display:none" i]',
  '[style*="display: none" i]',
  '[style*="visibility:hidden" i]',
  '[style*="visibility: hidden" i]',
  '[style*="mso-hide:all" i]',
  '[style*="font-size:0" i]',
  '[style*="font-size: 0" i]',
];

const convert = compile({
  wordwrap: false,
  formatters: {
    cell(element, walk, builder) {
      walk(element.children, builder);
      builder.addInline(' ');
    },
  },
  limits: { maxInputLength: LONGEST_HTML, maxDepth: 200, maxChildNodes: 10_000, ellipsis: '…' },
  selectors: [
    { selector: 'a', options: { hideLinkHrefIfSameAsText: true, ignoreHref: false } },
    { selector: 'img', format: 'skip' },
    { selector: 'tr', format: 'block', options: { leadingLineBreaks: 1, trailingLineBreaks: 1 } },
    { selector: 'td', format: 'cell' },
    { selector: 'th', format: 'cell' },
    { selector: 'blockquote', format: 'blockquote', options: { trimEmptyLines: true } },
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, options: { uppercase: false } })),
    ...INVISIBLE.map((selector) => ({ selector, format: 'skip' })),
  ],
});

/**
 * HTML as readable text: links with their address, quotations with `>`, nothing fetched, nothing that is invisible.
 * Bounded in depth and length.
 */
export function htmlToText(html: string): string {
  return convert(flattenWhereTooIndented(cutWhereTooDeep(html.slice(0, LONGEST_HTML))))
    .replace(/(?<![ \t\u00a0])[ \t\u00a0]+\n/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

/** Deeper than any mail that a person wrote; a parser's effort grows with the square of it. */
const DEEPEST = 500;
const TAG = /<(\/?)([a-z][a-z0-9]*)/gi;
/** Elements that need no end tag: their number tells nothing of depth. */
const UNCLOSED = new Set(
  'area base body br col colgroup dd dt head hr html img input li link meta option p tbody td tfoot th thead tr wbr'.split(
    ' ',
  ),
);

function cutWhereTooDeep(html: string): string {
  let depth = 0;
  for (const { 1: slash, 2: name = '', index } of html.matchAll(TAG)) {
    if (UNCLOSED.has(name.toLowerCase())) continue;
    depth = slash === '/' ? Math.max(0, depth - 1) : depth + 1;
    if (depth > DEEPEST) return html.slice(0, index);
  }
  return html;
}

/** Each puts something before every line within, and all levels' is written for each line: of more, the text alone is told. */
const INDENTING = new Set(['blockquote', 'ol', 'ul']);
const MOST_INDENTED = 30;

function flattenWhereTooIndented(html: string): string {
  let depth = 0;
  return html.replace(TAG, (tag, slash: string, name: string) => {
    if (!INDENTING.has(name.toLowerCase())) return tag;
    const level = slash === '/' ? depth : depth + 1;
    depth = slash === '/' ? Math.max(0, depth - 1) : level;
    return level > MOST_INDENTED ? `<${slash}div` : tag;
  });
}

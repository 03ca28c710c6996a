import { type Html, type HtmlValue, html } from '../html.ts';

export type Tone = 'neutral' | 'info' | 'success' | 'warning' | 'error';

/** Something the person should know before going on; an error is read out at once. */
export function notice(tone: Exclude<Tone, 'neutral'>, body: HtmlValue): Html {
  return html`<div class="notice ${tone}" role="${tone === 'error' ? 'alert' : 'status'}">${body}</div>`;
}

export function badge(text: string, tone: Tone = 'neutral'): Html {
  return html`<span class="badge ${tone}">${text}</span>`;
}

export function code(text: string): Html {
  return html`<code>${text}</code>`;
}

/** A moment, in UTC, to the minute. */
export function time(moment: Date): Html {
  const text = moment.toISOString();
  return html`<time datetime="${text}">${text.slice(0, 10)} ${text.slice(11, 16)} UTC</time>`;
}

export interface Table {
  /** What the table lists, for screen readers. */
  caption: string;
  columns: string[];
  /** One cell for each column; the last may hold actions under an empty column name. */
  rows: HtmlValue[][];
}

/** On a phone each row becomes a small card, its cells named by their columns. */
export function table({ caption, columns, rows }: Table): Html {
  return html`<div class="table"><table><caption>${caption}</caption>
<thead><tr>${columns.map((column) => (column === '' ? html`<td></td>` : html`<th scope="col">${column}</th>`))}</tr></thead>
<tbody>${rows.map(
    (row) => html`<tr>${row.map((cell, index) => html`<td data-column="${columns[index] ?? ''}">${cell}</td>`)}</tr>`,
  )}</tbody></table></div>`;
}

/** A list as a page of its own shows it. */
export function listing(list: Table, foot: HtmlValue = null): Html {
  return html`<section class="panel">${table(list)}${foot}</section>`;
}

export function emptyState({ title, text, action }: { title: string; text: string; action?: Html }): Html {
  return html`<div class="empty"><h3>${title}</h3><p>${text}</p>${action}</div>`;
}

/** The head of a page or a card: what it is and, in a sentence, what for. */
export function heading(title: string, text?: HtmlValue, action?: Html): Html {
  return html`<div class="heading"><div><h1>${title}</h1>${text !== undefined && html`<p>${text}</p>`}</div>${action}</div>`;
}

/** A titled part of a page in the app's frame. */
export function panel({
  title,
  text,
  body,
  action,
}: {
  title: string;
  text?: HtmlValue;
  body: HtmlValue;
  action?: Html;
}): Html {
  return html`<section class="panel"><div class="panel-head"><div><h2>${title}</h2>${
    text !== undefined && html`<p>${text}</p>`
  }</div>${action}</div>${body}</section>`;
}

import { type Html, html } from '../html.ts';
import { button, form, hidden } from './form.ts';

/** A button that asks before it acts, without a script: the first click opens the question, the second answers it. */
export function confirmButton({
  label,
  question,
  action,
  csrfToken,
  answer = label,
  fields = {},
}: {
  label: string;
  question: string;
  action: string;
  csrfToken: string;
  answer?: string;
  /** What the form sends besides. */
  fields?: Record<string, string>;
}): Html {
  return html`<details class="confirm"><summary class="button danger">${label}</summary><div class="confirm-box"><p>${question}</p>${form(
    {
      action,
      csrfToken,
      inline: true,
      body: [
        Object.entries(fields).map(([name, value]) => hidden(name, value)),
        button({ label: answer, kind: 'danger' }),
      ],
    },
  )}</div></details>`;
}

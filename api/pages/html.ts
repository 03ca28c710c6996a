import { html as template } from 'hono/html';

/** Markup: text that was put into it is escaped. */
export type Html = { readonly isEscaped: true; toString(): string };

/** What may stand in a template; `false`, `null` and `undefined` leave nothing. */
export type HtmlValue = string | number | false | null | undefined | Html | HtmlValue[];

/** A piece of a page. Every string in it is escaped; only the template's own text and other pieces are markup. */
export const html = template as unknown as (strings: TemplateStringsArray, ...values: HtmlValue[]) => Html;

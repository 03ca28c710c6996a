import { CSRF_FIELD } from '../../sessions/csrf.ts';
import { type Html, type HtmlValue, html } from '../html.ts';

export interface Field {
  name: string;
  label: string;
  type?: 'text' | 'email' | 'password' | 'datetime-local' | 'date';
  /** What was typed, so that a refused form keeps it. Never a secret. */
  value?: string | undefined;
  hint?: string;
  error?: string | undefined;
  autocomplete?: string;
  inputmode?: 'numeric';
  placeholder?: string;
  optional?: boolean;
  autofocus?: boolean;
}

/** The attributes that tell a screen reader about hint and error. */
function described({ name, hint, error, optional, autofocus }: Omit<Field, 'label'>): Html {
  const texts = [hint !== undefined && `${name}-hint`, error !== undefined && `${name}-error`]
    .filter(Boolean)
    .join(' ');
  return html` id="${name}" name="${name}"${!optional && html` required`}${autofocus && html` autofocus`}${
    error !== undefined && html` aria-invalid="true"`
  }${texts !== '' && html` aria-describedby="${texts}"`}`;
}

function labelled(field: Pick<Field, 'name' | 'label' | 'hint' | 'error' | 'optional'>, control: Html): Html {
  const { name, label, hint, error, optional } = field;
  return html`<div class="${error === undefined ? 'field' : 'field wrong'}">
<label for="${name}">${label}${optional && html` <span class="optional">optional</span>`}</label>
${control}
${error !== undefined && html`<p class="error" id="${name}-error">${error}</p>`}
${hint !== undefined && html`<p class="hint" id="${name}-hint">${hint}</p>`}
</div>`;
}

export function field(given: Field): Html {
  const { type = 'text', value, autocomplete, inputmode, placeholder } = given;
  return labelled(
    given,
    html`<input type="${type}" value="${value ?? ''}"${autocomplete !== undefined && html` autocomplete="${autocomplete}"`}${
      inputmode !== undefined && html` inputmode="${inputmode}"`
    }${placeholder !== undefined && html` placeholder="${placeholder}"`}${described(given)}>`,
  );
}

export function textArea(given: Omit<Field, 'type' | 'inputmode'> & { rows?: number; secret?: boolean }): Html {
  const { value = '', rows = 3, placeholder, autocomplete = 'off', secret } = given;
  return labelled(
    given,
    html`<textarea rows="${rows}" autocomplete="${autocomplete}" autocapitalize="off" spellcheck="false"${
      secret && html` class="secret-entry"`
    }${placeholder !== undefined && html` placeholder="${placeholder}"`}${described(given)}>
${value}</textarea>`,
  );
}

export interface Button {
  label: string;
  kind?: 'primary' | 'secondary' | 'danger' | 'quiet';
  name?: string;
  value?: string;
  /** Sends the form although required fields are empty. */
  skipsChecks?: boolean;
}

export function button({ label, kind = 'primary', name, value, skipsChecks }: Button): Html {
  return html`<button type="submit" class="button ${kind}"${
    name !== undefined && html` name="${name}" value="${value ?? ''}"`
  }${skipsChecks && html` formnovalidate`}>${label}</button>`;
}

/** A link that looks like a button. */
export function linkButton(label: string, href: string, kind: Button['kind'] = 'primary'): Html {
  return html`<a class="button ${kind ?? 'primary'}" href="${href}">${label}</a>`;
}

/** A form with its CSRF token. */
export function form({
  action,
  csrfToken,
  body,
  inline = false,
}: {
  action: string;
  csrfToken: string;
  body: HtmlValue;
  /** One button in a row or table. */
  inline?: boolean;
}): Html {
  return html`<form method="post" action="${action}" class="${inline ? 'inline' : 'stack'}">
<input type="hidden" name="${CSRF_FIELD}" value="${csrfToken}">
${body}
</form>`;
}

export function hidden(name: string, value: string): Html {
  return html`<input type="hidden" name="${name}" value="${value}">`;
}

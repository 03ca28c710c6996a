import type { Area } from '../../core/domain/scopes.ts';
import type { PersonMembership } from '../../core/services/memberships.ts';
import { type Html, html } from '../pages/html.ts';
import type { AreaChoice, Level } from './consent-choices.ts';
import { UNTIL_REVOKED, WRITE_DURATIONS } from './write-durations.ts';

export interface AccessForm {
  path: string;
  organization: PersonMembership;
  choices: AreaChoice[];
}

const AREA_TEXTS: Record<Area, { label: string; text: string }> = {
  agents: { label: 'Agents', text: 'Agent relays, their keys and rate limits' },
  credentials: { label: 'Credentials', text: 'Names and settings, never a value' },
  audit: { label: 'Audit logs', text: 'Request logs and audit events' },
  alerts: { label: 'Alerts', text: 'Alert rules and alerts' },
  email: { label: 'Email', text: 'Threads, drafts and sending' },
  usage: { label: 'Usage', text: 'Usage, health and spend' },
};

const LEVEL_LABELS: Record<Level, string> = { none: 'None', read: 'Read', write: 'Read and write' };

const RULED_OUT_TEXTS = { role: 'Your role does not allow it', request: 'The app did not ask for it' };

/** What the app may do, area by area, and for how long it may write. */
export function accessFields(given: AccessForm): Html {
  return html`${areasHead(given)}
<div class="areas">${given.choices.map((choice) => areaRow(choice))}</div>
${mayWrite(given) && durationRow()}`;
}

function mayWrite({ choices }: AccessForm): boolean {
  return choices.some(({ levels }) => levels.some(({ level, ruledOut }) => level === 'write' && ruledOut === null));
}

function areasHead(given: AccessForm): Html {
  const { path, organization, choices } = given;
  const levels = choices.flatMap((choice) => choice.levels);
  const writes = choices.some(({ selected }) => selected === 'write');
  const query = new URLSearchParams({ organization: organization.organizationId, ...(writes && { access: 'read' }) });
  const texts = [
    levels.some(({ ruledOut }) => ruledOut === 'role') &&
      `Read and write needs role manager; you are ${organization.role}. Ask an organization admin.`,
    levels.some(({ ruledOut }) => ruledOut === 'request') && 'What the app did not ask for cannot be chosen.',
  ].filter((text) => text !== false);
  return html`<div class="areas-head"><h2>Access</h2>${
    mayWrite(given) &&
    html`<a href="${path}?${query.toString()}">${writes ? 'Read only' : 'Everything it asked for'}</a>`
  }</div>
${texts.length > 0 && html`<p class="hint areas-hint">${texts.join(' ')}</p>`}`;
}

/** The levels of an area, one of them chosen. */
function areaRow({ area, levels, selected }: AreaChoice): Html {
  const name = `area_${area}`;
  const options = levels.map(({ level, ruledOut }) => ({
    value: level,
    label: LEVEL_LABELS[level],
    checked: level === selected,
    ruledOut: ruledOut === null ? null : RULED_OUT_TEXTS[ruledOut],
  }));
  return html`<div class="area">${choiceOf(name, AREA_TEXTS[area], options)}</div>`;
}

/** Shown while some area is to be written to; the style sheet sees to it. */
function durationRow(): Html {
  const options = WRITE_DURATIONS.map(({ value, label }) => ({ value, label, checked: value === UNTIL_REVOKED }));
  return html`<div class="areas write-duration"><div class="area">${choiceOf(
    'duration',
    { label: 'May write', text: 'After that it only reads, until you allow it again' },
    options,
  )}</div></div>`;
}

interface Option {
  value: string;
  label: string;
  checked: boolean;
  /** Why it cannot be chosen. */
  ruledOut?: string | null;
}

/** One of a few, side by side under a name. */
function choiceOf(name: string, { label, text }: { label: string; text: string }, options: Option[]): Html {
  return html`<div class="area-name" id="name_${name}">${label}<small>${text}</small></div>
<div class="levels" role="radiogroup" aria-labelledby="name_${name}">${options.map(
    (option) =>
      html`<label class="level"${option.ruledOut && html` title="${option.ruledOut}"`}><input type="radio" name="${name}" value="${option.value}"${
        option.checked && html` checked`
      }${option.ruledOut && html` disabled`}><span>${option.label}</span></label>`,
  )}</div>`;
}

import type { AlertNotification } from './alert-notification.ts';

/** Whose value a mail asks for: the one-time link is made when it is sent, and stored nowhere (invariant 1). */
export interface EntryRequest {
  credentialId: string;
  personId: string;
}

/** What a delivery tells, as it is stored with it: a repetition tells the same. */
export type DeliveryMessage =
  | ({ type: 'alert'; entry?: EntryRequest } & AlertNotification)
  | { type: 'test'; channel: string; organizationId: string; at: string; url: string };

/** A message in words, for people; texts of others are plain. */
export interface Told {
  /** One line. */
  title: string;
  text: string;
  facts: { name: string; value: string }[];
  url: string;
}

const CHANGE_WORDS = {
  firing: 'Firing',
  acknowledged: 'Acknowledged',
  resolved: 'Resolved',
  still_firing: 'Still firing',
} as const;

/** The message's kind, as webhooks carry it and lists of deliveries show it. */
export function typeOf(message: DeliveryMessage): string {
  return message.type === 'test' ? 'channel.test' : `alert.${message.change}`;
}

export function tell(message: DeliveryMessage): Told {
  if (message.type === 'test') {
    const text = `This is a test of the channel "${message.channel}". Alerts that name it arrive here.`;
    return { title: `Test of the channel ${message.channel}`, text, facts: [], url: message.url };
  }
  const { kind, change, name, metric, severity, since, note, url } = message;
  // A notice that begins tells its own title; of rules, the change is the news.
  const isNewNotice = kind !== 'rule' && change === 'firing';
  const facts = [
    { name: 'Severity', value: severity },
    { name: message.agentCount === 1 ? 'Agent' : 'Agents', value: agentNames(message) },
    { name: 'Value', value: figure(message.value) },
    { name: 'Threshold', value: figure(message.threshold) },
    { name: 'Since', value: kind === 'rule' ? since : '' },
    { name: 'Note', value: note === null ? '' : line(note) },
  ];
  return {
    title: line(isNewNotice ? name : `${CHANGE_WORDS[change]}: ${name}`),
    text: metric,
    facts: facts.filter(({ value }) => value !== ''),
    url,
  };
}

function agentNames({ agents, agentCount }: AlertNotification): string {
  const unnamed = agentCount - agents.length;
  return line(agents.join(', ') + (unnamed > 0 ? ` and ${unnamed} more` : ''));
}

function figure(value: number | null): string {
  return value === null ? '' : String(Number(value.toPrecision(4)));
}

/** Whatever stands in a name, a header or a title takes one line. */
function line(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').trim();
}

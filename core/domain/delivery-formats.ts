import { type DeliveryMessage, tell, typeOf } from './delivery-message.ts';

/** A message as each kind of channel carries it. The same message gives the same bytes, at each attempt. */

const MARKUP: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

const inHtml = (text: string) => text.replace(/[&<>"']/g, (character) => MARKUP[character] ?? '');
/** Slack escapes these three (docs.slack.dev, "Formatting message text"), which also keeps `<!channel>` from calling everybody. */
const inSlack = (text: string) => text.replace(/[&<>]/g, (character) => MARKUP[character] ?? '');

export interface MailWords {
  subject: string;
  text: string;
  html: string;
}

/** @param entryUrl a one-time link that it brings */
export function mailWords(message: DeliveryMessage, entryUrl: string | null = null): MailWords {
  const { title, text: told, facts, url } = tell(message);
  const text = entryUrl === null ? told : `${told}\n\nEnter it here within 15 minutes: ${entryUrl}`;
  const factLines = facts.map(({ name, value }) => `${name}: ${value}`);
  const factRows = facts.map(({ name, value }) => `<tr><td>${name}&nbsp;</td><td>${inHtml(value)}</td></tr>`);
  const paragraphs = inHtml(text).replaceAll('\n', '<br>');
  return {
    subject: `[AgentGateway] ${title}`,
    text: `${[title, text, factLines.join('\n'), url].filter((part) => part !== '').join('\n\n')}\n`,
    html: `<!doctype html><html lang="en"><body><h3>${inHtml(title)}</h3><p>${paragraphs}</p><table>${factRows.join('')}</table><p><a href="${inHtml(url)}">Open in AgentGateway</a></p></body></html>`,
  };
}

/** Slack refuses longer texts. */
const LONGEST_HEADER = 150;
const LONGEST_SECTION = 2_900;

/** As Slack's incoming webhooks take it, and those of Mattermost, Rocket.Chat and others, which show `text` alone. */
export function slackBody(message: DeliveryMessage): string {
  const { title, text, facts, url } = tell(message);
  const link = `<${url}|Open in AgentGateway>`;
  const factLines = facts.map(({ name, value }) => `*${name}*: ${inSlack(value)}`);
  const body = cut([inSlack(text), ...factLines].join('\n'), LONGEST_SECTION);
  return JSON.stringify({
    text: `*${inSlack(cut(title, LONGEST_HEADER))}*\n${body}\n${link}`,
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: cut(title, LONGEST_HEADER), emoji: false } },
      { type: 'section', text: { type: 'mrkdwn', text: body } },
      { type: 'section', text: { type: 'mrkdwn', text: link } },
    ],
  });
}

/** The form of Standard Webhooks: type, time, data. */
export function webhookBody(message: DeliveryMessage): string {
  const { at, organizationId, url } = message;
  const data =
    message.type === 'test'
      ? { organization_id: organizationId, channel: message.channel, url }
      : {
          organization_id: organizationId,
          alert_id: message.alertId,
          sequence: message.sequence,
          change: message.change,
          kind: message.kind,
          severity: message.severity,
          name: message.name,
          condition: message.metric,
          agents: message.agents,
          agent_count: message.agentCount,
          value: message.value,
          threshold: message.threshold,
          since: message.since,
          note: message.note,
          url,
        };
  return JSON.stringify({ type: typeOf(message), timestamp: at, data });
}

/** Without half of a character at its end. */
function cut(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

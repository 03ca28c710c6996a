import { expect, test } from '@jest/globals';
import type { AlertNotification } from '../../../core/domain/alert-notification.ts';
import { mailWords, slackBody, webhookBody } from '../../../core/domain/delivery-formats.ts';

const notification: AlertNotification = {
  organizationId: '01a22732-0000-7000-8000-000000000001',
  alertId: '01a22732-0000-7000-8000-000000000002',
  change: 'firing',
  sequence: 1,
  kind: 'rule',
  severity: 'critical',
  name: 'too many errors',
  metric: 'error rate above 5 % for 10 minutes',
  agents: ['stripe-relay', 'hubspot-relay'],
  agentCount: 45,
  value: 0.082_345,
  threshold: 0.05,
  since: '2026-11-29T11:55:39.892Z',
  at: '2026-11-29T12:05:39.892Z',
  note: null,
  url: 'http://localhost:8080/alerts/01a22732-0000-7000-8000-000000000002',
};
const alert = (changes: Partial<AlertNotification> = {}) => ({ type: 'alert' as const, ...notification, ...changes });

test('a mail tells what happened, to whom, how bad, since when and where to look', () => {
  const { subject, text } = mailWords(alert());
  expect(subject).toBe('[AgentGateway] Firing: too many errors');
  expect(text).toBe(`Firing: too many errors

error rate above 5 % for 10 minutes

Severity: critical
Agents: stripe-relay, hubspot-relay and 43 more
Value: 0.08235
Threshold: 0.05
Since: 2026-11-29T11:55:39.892Z

http://localhost:8080/alerts/01a22732-0000-7000-8000-000000000002
`);
});

test('what others wrote makes no header, no markup and calls nobody', () => {
  const hostile = alert({
    name: 'x\r\nBcc: all@evil.test <!channel>',
    metric: '<script>alert("1")</script>&',
    note: '<@U1>',
  });
  const { subject, html } = mailWords(hostile);
  expect(subject).toBe('[AgentGateway] Firing: x Bcc: all@evil.test <!channel>');
  expect(html).not.toMatch(/<script|<!channel|<@/);
  const { text, blocks } = JSON.parse(slackBody(hostile));
  expect(text + blocks[1].text.text).not.toMatch(/<!|<@|<script/);
  expect(blocks[0].text).toMatchObject({ type: 'plain_text' });
});

test('Slack’s limits hold for texts of any length', () => {
  const { blocks } = JSON.parse(slackBody(alert({ name: '😀'.repeat(3_000), metric: '&'.repeat(9_000) })));
  expect(blocks[0].text.text.length).toBeLessThanOrEqual(150);
  expect(blocks[0].text.text).toMatch(/😀…$/u);
  expect(blocks[1].text.text.length).toBeLessThanOrEqual(3_000);
});

test('a webhook has type, time and data as documented', () => {
  expect(JSON.parse(webhookBody(alert({ change: 'acknowledged', sequence: 2, note: 'by kim@example.test' })))).toEqual({
    type: 'alert.acknowledged',
    timestamp: notification.at,
    data: {
      organization_id: notification.organizationId,
      alert_id: notification.alertId,
      sequence: 2,
      change: 'acknowledged',
      kind: 'rule',
      severity: 'critical',
      name: 'too many errors',
      condition: 'error rate above 5 % for 10 minutes',
      agents: ['stripe-relay', 'hubspot-relay'],
      agent_count: 45,
      value: 0.082_345,
      threshold: 0.05,
      since: notification.since,
      note: 'by kim@example.test',
      url: notification.url,
    },
  });
});

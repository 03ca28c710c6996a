import { setTimeout as pause } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import type { AlertLook } from '../../core/domain/alert-workflow.ts';
import { LOOK_SIGNAL } from '../../core/domain/rotation-workflow.ts';
import type { Path } from './path.ts';

const incident = { organizationId: 'organization', alertId: 'alert' };
const alertIncident = { workflowType: 'alertIncident', args: [incident] };

const notification = {
  ...incident,
  change: 'firing',
  sequence: 1,
  kind: 'rule',
  severity: 'warning',
  name: 'rule',
  metric: 'error rate above 5 % in 1 minute',
  agents: ['agent'],
  agentCount: 1,
  value: 0.5,
  threshold: 0.05,
  since: '2026-01-01T00:00:00.000Z',
  at: '2026-01-01T00:00:00.000Z',
  note: null,
  url: 'http://localhost:8080/alerts/alert',
} as const;

const tell: AlertLook = { outcome: 'tell', notification: { ...notification, agents: ['agent'] }, channelIds: null };
const rest = (seconds: number | null): AlertLook => ({ outcome: 'rest', seconds });
const ended: AlertLook = { outcome: 'ended' };

/** Looks find these, one after the other, and then that it has ended. */
function finding(...looks: AlertLook[]) {
  const left = [...looks];
  return { lookAtAlert: async () => left.shift() ?? ended, deliverAlertNotification: async () => {} };
}

const shard = { shard: 0, shards: 1 };
const evaluateAlertRules = { workflowType: 'evaluateAlertRules', args: [shard] };
const evaluates = { evaluateRules: async () => {}, wakeIncidents: async () => {} };

/** One history for each path through the workflows of alerts. */
export const alertPaths: Record<string, Path> = {
  'alert-incident-over': { ...alertIncident, activities: finding() },
  'alert-incident-told-and-reminded': { ...alertIncident, activities: finding(tell, rest(0.1), tell) },
  'alert-incident-woken': {
    ...alertIncident,
    activities: { ...finding(tell, rest(null)), deliverAlertNotification: () => pause(300) },
    during: { activity: 'deliverAlertNotification', act: (workflow) => workflow.signal(LOOK_SIGNAL) },
  },
  'alert-incident-goes-on-in-another-run': {
    ...alertIncident,
    activities: finding(...Array.from({ length: 29 }, () => rest(0.01)), tell),
  },
  'evaluate-alert-rules-done': { ...evaluateAlertRules, activities: evaluates },
  'evaluate-alert-rules-one-organization-failed': {
    ...evaluateAlertRules,
    activities: {
      ...evaluates,
      evaluateRules: async () => {
        throw ApplicationFailure.nonRetryable('broken', 'TypeError');
      },
    },
  },
};

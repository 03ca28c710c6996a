import { setTimeout as pause } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import type { Attempt, Look } from '../../core/domain/rotation-workflow.ts';
import type { Path } from './path.ts';

const operation = { organizationId: 'organization', operationId: 'operation' };
const care = { canaryShare: 0.05, canarySeconds: 300, drainSeconds: 120 };
const rotation = { ...operation, ...care, credentialId: 'credential', needsApproval: false };
const keyRotation = { ...operation, agentId: 'agent', agentKeyId: 'key', graceSeconds: 3_600, needsApproval: false };
const deletion = { ...operation, agentId: 'agent', needsApproval: true };

const done = async (): Promise<Attempt> => ({ outcome: 'done' });
const change = async () => ({ changeXid: '1000' });
const nothing = async () => {};
const later = (retryAfterSeconds: number): Attempt => ({ outcome: 'later', retryAfterSeconds });
const refused = async (): Promise<Attempt> => ({ outcome: 'refused', why: 'It was refused.' });
const noTraffic = async (): Promise<Look> => ({ outcome: 'no_traffic' });

const fault = async () => {
  throw ApplicationFailure.nonRetryable('broken', 'TypeError');
};

/** Answers one after the other, the last one for ever. */
function inTurn<Answer>(...answers: [Answer, ...Answer[]]): () => Promise<Answer> {
  let asked = 0;
  return async () => answers[Math.min(asked++, answers.length - 1)] as Answer;
}

/** Long enough for something to happen meanwhile. */
function slowly<Answer>(answer: () => Promise<Answer>): () => Promise<Answer> {
  return async () => {
    await pause(500);
    return answer();
  };
}

const rotates = {
  stageVersion: done,
  verifyVersion: done,
  beginCanary: change,
  lookAtCanary: noTraffic,
  cutOver: change,
  lookAtCutOver: noTraffic,
  beginDrain: change,
  lookAtDrain: done,
  releaseOldVersion: change,
  lookAtRelays: done,
  revokeOldVersion: done,
  finishRotation: nothing,
  undoRotation: change,
  revokeNewVersion: done,
  finishRollBack: nothing,
};
const watches = {
  ...rotates,
  lookAtCanary: inTurn<Look>(
    { outcome: 'watch_on', since: null, nextLookSeconds: 0.1 },
    { outcome: 'watch_on', since: '2026-01-01T00:00:00.000Z', nextLookSeconds: 0.1 },
    { outcome: 'done' },
  ),
  lookAtCutOver: done,
  lookAtRelays: inTurn(later(0.1), { outcome: 'done' }),
  revokeOldVersion: inTurn<Attempt>(later(0.1), { outcome: 'done' }),
};
const keyRotates = {
  createRotatedKey: done,
  lookAtReveal: inTurn<Attempt>(later(0.1), { outcome: 'done' }),
  lookAtGrace: inTurn<Attempt>(later(0.1), { outcome: 'done' }),
  retireOldKey: nothing,
  undoKeyRotation: nothing,
};
const deletes = {
  lookAtApproval: done,
  refuseNewCalls: async () => null,
};

const rotateCredential = { workflowType: 'rotateCredential', args: [rotation], activities: rotates };
const rotateAgentKey = { workflowType: 'rotateAgentKey', args: [keyRotation], activities: keyRotates };
const settleRotation = { ...rotateCredential, workflowType: 'settleRotation' };
const approved = { ...rotateCredential, args: [{ ...rotation, needsApproval: true }] };
const deleteAgent = { workflowType: 'deleteAgent', args: [deletion], activities: deletes };

export const rotationPaths: Record<string, Path> = {
  'rotate-credential-without-traffic': rotateCredential,
  'rotate-credential-with-traffic': { ...rotateCredential, activities: watches },
  'rotate-credential-provider-away': {
    ...rotateCredential,
    activities: { ...rotates, stageVersion: inTurn<Attempt>(later(0.1), { outcome: 'done' }) },
  },
  'rotate-credential-value-entered': {
    ...rotateCredential,
    activities: { ...rotates, stageVersion: slowly(inTurn<Attempt>(later(3_600), { outcome: 'done' })) },
    during: { activity: 'stageVersion', act: (workflow) => workflow.signal('look') },
  },
  'rotate-credential-verify-refused': { ...rotateCredential, activities: { ...rotates, verifyVersion: refused } },
  'rotate-credential-worse-canary': { ...rotateCredential, activities: { ...rotates, lookAtCanary: refused } },
  'rotate-credential-cancelled-in-canary': {
    ...rotateCredential,
    activities: { ...watches, beginCanary: slowly(change) },
    during: { activity: 'beginCanary', act: (workflow) => workflow.cancel() },
  },
  'rotate-credential-stopped-before-release': {
    ...rotateCredential,
    activities: { ...rotates, releaseOldVersion: async () => null },
  },
  'rotate-credential-cancelled-too-late': {
    ...rotateCredential,
    activities: { ...rotates, revokeOldVersion: slowly(done) },
    during: { activity: 'revokeOldVersion', act: (workflow) => workflow.cancel() },
  },
  'rotate-credential-fault': { ...rotateCredential, activities: { ...rotates, cutOver: fault } },
  'rotate-credential-approved': {
    ...approved,
    activities: { ...rotates, lookAtApproval: inTurn<Attempt>(later(0.1), { outcome: 'done' }) },
  },
  'rotate-credential-not-approved': { ...approved, activities: { ...rotates, lookAtApproval: refused } },
  'settle-rotation-forward': { ...settleRotation, activities: { ...rotates, resumeRelease: change } },
  'settle-rotation-back': { ...settleRotation, activities: { ...rotates, resumeRelease: async () => null } },
  'watch-for-late-key-ended': {
    workflowType: 'watchForLateKey',
    args: [{ ...operation, mintAttemptId: 'attempt' }],
    activities: { lookForLateKey: async () => true },
  },
  'rotate-agent-key-retired': rotateAgentKey,
  'rotate-agent-key-unrevealed': { ...rotateAgentKey, activities: { ...keyRotates, lookAtReveal: refused } },
  'rotate-agent-key-cancelled': {
    ...rotateAgentKey,
    activities: { ...keyRotates, lookAtGrace: slowly(async () => later(3_600)) },
    during: { activity: 'lookAtGrace', act: (workflow) => workflow.cancel() },
  },
  'delete-agent-approved': deleteAgent,
  'delete-agent-not-approved': { ...deleteAgent, activities: { ...deletes, lookAtApproval: refused } },
  'start-due-rotations-done': {
    workflowType: 'startDueRotations',
    args: [],
    activities: { startDue: nothing, remindOfExpiries: nothing },
  },
};

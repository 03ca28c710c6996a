import { setTimeout as pause } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import type { Evidence, Transmission } from '../../core/domain/outgoing-email.ts';
import type { Attempt } from '../../core/domain/rotation-workflow.ts';
import type { Path } from './path.ts';

const sending = {
  organizationId: 'organization',
  outgoingEmailId: 'email',
  operationId: 'operation',
  needsApproval: false,
};
const draft = { organizationId: 'organization', draftId: 'draft' };

const done = async (): Promise<Attempt> => ({ outcome: 'done' });
const begun = (isUnderWay: boolean) => async () => ({ outcome: 'done', isUnderWay });
const refused = async (): Promise<Attempt> => ({ outcome: 'refused', why: 'It was refused.' });
const nothing = async () => {};
const later = { outcome: 'later', retryAfterSeconds: 0.1 } as const;

/** Answers one after the other, the last one for ever. */
function inTurn<Answer>(...answers: [Answer, ...Answer[]]): () => Promise<Answer> {
  let asked = 0;
  return async () => answers[Math.min(asked++, answers.length - 1)] as Answer;
}

/** Long enough for something to happen meanwhile. */
function slowly<Answer>(answer: Answer): () => Promise<Answer> {
  return () => pause(500, answer);
}

const lost = async (): Promise<Transmission> => {
  throw ApplicationFailure.nonRetryable('lost', 'TypeError');
};

const sends = {
  lookAtUndoWindow: begun(false),
  lookAtApproval: done,
  reserveSending: done,
  transmitEmail: done,
  lookAtTransmission: async (): Promise<Transmission> => ({ outcome: 'unknown' }),
  lookForEvidence: async (): Promise<Evidence> => ({ outcome: 'done' }),
  copyToSent: done,
  finishSending: nothing,
  giveUpSending: nothing,
};
const sendEmail = { workflowType: 'sendEmail', args: [sending], activities: sends };
const approved = { ...sendEmail, args: [{ ...sending, needsApproval: true }] };

const drafts = { storeDraft: done, settleDraft: nothing };
const draftEmail = { workflowType: 'draftEmail', args: [draft], activities: drafts };

/** One history for each path through `sendEmail` and `draftEmail`. */
export const emailPaths: Record<string, Path> = {
  'send-email-sent': {
    ...sendEmail,
    activities: {
      ...sends,
      lookAtUndoWindow: inTurn<unknown>(later, { outcome: 'done', isUnderWay: false }),
      copyToSent: inTurn<Attempt>(later, { outcome: 'done' }),
    },
  },
  'send-email-taken-back': {
    ...sendEmail,
    activities: { ...sends, lookAtUndoWindow: slowly({ outcome: 'later', retryAfterSeconds: 3_600 }) },
    during: { activity: 'lookAtUndoWindow', act: (workflow) => workflow.cancel() },
  },
  'send-email-approved': approved,
  'send-email-not-approved': { ...approved, activities: { ...sends, lookAtApproval: refused } },
  'send-email-against-the-rules': { ...sendEmail, activities: { ...sends, reserveSending: refused } },
  'send-email-greylisted': {
    ...sendEmail,
    activities: { ...sends, transmitEmail: inTurn<Transmission>(later, { outcome: 'done' }) },
  },
  'send-email-refused': { ...sendEmail, activities: { ...sends, transmitEmail: refused } },
  'send-email-lost-before-the-dot': {
    ...sendEmail,
    activities: { ...sends, transmitEmail: lost, lookAtTransmission: inTurn<Transmission>(later, { outcome: 'done' }) },
  },
  'send-email-in-doubt': {
    ...sendEmail,
    activities: { ...sends, transmitEmail: lost, lookForEvidence: inTurn<Evidence>(later, { outcome: 'done' }) },
  },
  'send-email-sent-once-more': {
    ...sendEmail,
    activities: {
      ...sends,
      transmitEmail: inTurn<Transmission>({ outcome: 'unknown' }, { outcome: 'done' }),
      lookForEvidence: async () => ({ outcome: 'resend' }),
    },
  },
  'send-email-cancelled-too-late': {
    ...sendEmail,
    activities: { ...sends, transmitEmail: slowly({ outcome: 'done' }) },
    during: { activity: 'transmitEmail', act: (workflow) => workflow.cancel() },
  },
  'send-email-begun-again': { ...sendEmail, activities: { ...sends, lookAtUndoWindow: begun(true) } },
  'draft-email-stored': draftEmail,
  'draft-email-mailbox-away': {
    ...draftEmail,
    activities: { ...drafts, storeDraft: inTurn<Attempt>(later, { outcome: 'done' }) },
  },
  'draft-email-gone': { ...draftEmail, activities: { ...drafts, storeDraft: refused } },
  'draft-email-changed-meanwhile': {
    ...draftEmail,
    activities: { ...drafts, settleDraft: slowly(undefined) },
    during: { activity: 'settleDraft', act: (workflow) => workflow.signal('look') },
  },
};

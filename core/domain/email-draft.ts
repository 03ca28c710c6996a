/** Which draft the workflow brings its mailbox in line with: IDs, never content. */
export interface DraftReference {
  organizationId: string;
  draftId: string;
}

/** A change of a draft, as it is asked for. */
export interface DraftChange extends DraftReference {
  operationId: string;
}

export const DRAFT_WORKFLOW = 'draftEmail';

/**
 * One workflow a draft, however many changes of it are asked for: so no two write to its place in the mailbox at once.
 * It serves whatever was asked until it ends, and is told to look again while it runs.
 */
export function draftWorkflowId({ draftId }: Pick<DraftReference, 'draftId'>): string {
  return `email-draft/${draftId}`;
}

/** The operations that change a draft. */
export const DRAFT_KINDS = ['draft_email', 'update_email_draft', 'discard_email_draft'] as const;
export type DraftKind = (typeof DRAFT_KINDS)[number];

export function isDraftKind(kind: string): kind is DraftKind {
  return (DRAFT_KINDS as readonly string[]).includes(kind);
}

/** The steps that `get_operation` shows. */
export const DRAFT_STEPS = ['record', 'look', 'append', 'confirm'] as const;

/**
 * `open`: it stands in Drafts. `sending`: a mail made of it is on its way. `sent`, `discarded`: it is gone from there.
 * `gone`: somebody took it from Drafts in another program, so it is theirs.
 */
export const DRAFT_STATES = ['open', 'sending', 'sent', 'discarded', 'gone'] as const;
export type DraftState = (typeof DRAFT_STATES)[number];

/** A mailbox that cannot be reached is tried for so long. */
export const DRAFT_HOURS = 24;

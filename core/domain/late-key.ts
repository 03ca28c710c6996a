/** An attempt to make a key of which none was found: a provider may make it long after its call was given up. */
export interface LostAttempt {
  organizationId: string;
  operationId: string;
  mintAttemptId: string;
}

export const LATE_KEY_WORKFLOW = 'watchForLateKey';

export function lateKeyWorkflowId({ mintAttemptId }: Pick<LostAttempt, 'mintAttemptId'>): string {
  return `late-key/${mintAttemptId}`;
}

/** What the end of an app's access starts with: IDs, never content. */
export interface AccessRevocation {
  organizationId: string;
  operationId: string;
  /** The grants that were revoked in the transaction that accepted the operation. */
  grantIds: string[];
}

/** The workflow's type. */
export const ACCESS_REVOCATION_WORKFLOW = 'revokeAccess';

/** A grant ends once, so each revocation has an ID of its own. */
export function accessRevocationWorkflowId({ operationId }: Pick<AccessRevocation, 'operationId'>): string {
  return `access-revocation/${operationId}`;
}

/** The operation's name in the registry. */
export const REVOKE_CONNECTED_APP = 'revoke_connected_app';

/** The step that the transaction itself takes: from its commit on, no token of the app is accepted anywhere. */
export const REFUSE_TOKENS = 'refuse_tokens';

/** The steps that `get_operation` shows. */
export const ACCESS_REVOCATION_STEPS = [REFUSE_TOKENS, 'introspect_tokens', 'settle_operations'] as const;

/** What introspection tells of the tokens of revoked grants (RFC 7662 §2.2). */
export interface IntrospectedTokens {
  access_tokens: number;
  refresh_tokens: number;
  authorization_codes: number;
  /** Must be 0. */
  active: number;
}

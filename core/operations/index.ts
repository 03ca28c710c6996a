import { alertOperations } from './alerts.ts';
import { approvalOperations } from './approvals.ts';
import { cancelOperation } from './cancel-operation.ts';
import { channelOperations } from './channels.ts';
import { connectedAppOperations } from './connected-apps.ts';
import { createAgent } from './create-agent.ts';
import { createAgentKey } from './create-agent-key.ts';
import { createCredential } from './create-credential.ts';
import { createEntryLink } from './create-entry-link.ts';
import type { OperationDefinition } from './define-operation.ts';
import { deleteAgent } from './delete-agent.ts';
import { deleteCredential } from './delete-credential.ts';
import { discardEmailDraft } from './discard-email-draft.ts';
import { draftEmail } from './draft-email.ts';
import { exportAuditEvents } from './export-audit-events.ts';
import { getAgent } from './get-agent.ts';
import { getCredential } from './get-credential.ts';
import { getHealthHistory } from './get-health-history.ts';
import { getOperation } from './get-operation.ts';
import { getUsage } from './get-usage.ts';
import { linkCredential } from './link-credential.ts';
import { listAgentKeys } from './list-agent-keys.ts';
import { listAgents } from './list-agents.ts';
import { listAuditEvents } from './list-audit-events.ts';
import { listCircuitBreakers } from './list-circuit-breakers.ts';
import { listCredentials } from './list-credentials.ts';
import { listEmailDrafts } from './list-email-drafts.ts';
import { listHealthScores } from './list-health-scores.ts';
import { listOperations } from './list-operations.ts';
import { listRateLimits } from './list-rate-limits.ts';
import { listRequestLogs } from './list-request-logs.ts';
import { mailboxOperations } from './mailboxes.ts';
import { outgoingEmailOperations } from './outgoing-emails.ts';
import { peopleOperations } from './people.ts';
import { planOperations } from './plans.ts';
import { resetCircuitBreaker } from './reset-circuit-breaker.ts';
import { resolveOperation } from './resolve-operation.ts';
import { restoreAgent } from './restore-agent.ts';
import { restoreCredential } from './restore-credential.ts';
import { revokeAgentKey } from './revoke-agent-key.ts';
import { rotateAgentKey } from './rotate-agent-key.ts';
import { rotateCredential } from './rotate-credential.ts';
import { sendEmail } from './send-email.ts';
import { summarizeTraffic } from './summarize-traffic.ts';
import { testUpstream } from './test-upstream.ts';
import { unlinkCredential } from './unlink-credential.ts';
import { updateAgent } from './update-agent.ts';
import { updateBudget } from './update-budget.ts';
import { updateCircuitBreaker } from './update-circuit-breaker.ts';
import { updateCredential } from './update-credential.ts';
import { updateEmailDraft } from './update-email-draft.ts';
import { updateRateLimit } from './update-rate-limit.ts';
import { verifyAuditEvents } from './verify-audit-events.ts';
import { whoami } from './whoami.ts';

/** The registry: every operation there is, in the order in which people meet them. */
export const operations = [
  whoami,
  listAgents,
  getAgent,
  createAgent,
  testUpstream,
  updateAgent,
  deleteAgent,
  restoreAgent,
  listAgentKeys,
  createAgentKey,
  revokeAgentKey,
  rotateAgentKey,
  listRateLimits,
  updateRateLimit,
  listCircuitBreakers,
  updateCircuitBreaker,
  resetCircuitBreaker,
  listCredentials,
  getCredential,
  createCredential,
  updateCredential,
  createEntryLink,
  rotateCredential,
  linkCredential,
  unlinkCredential,
  deleteCredential,
  restoreCredential,
  listOperations,
  getOperation,
  cancelOperation,
  resolveOperation,
  ...alertOperations,
  ...approvalOperations,
  ...channelOperations,
  ...mailboxOperations,
  listRequestLogs,
  summarizeTraffic,
  getUsage,
  listHealthScores,
  getHealthHistory,
  ...planOperations,
  updateBudget,
  draftEmail,
  listEmailDrafts,
  updateEmailDraft,
  discardEmailDraft,
  sendEmail,
  ...outgoingEmailOperations,
  listAuditEvents,
  verifyAuditEvents,
  exportAuditEvents,
  ...peopleOperations,
  ...connectedAppOperations,
] as const satisfies readonly OperationDefinition[];

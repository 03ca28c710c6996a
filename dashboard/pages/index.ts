import { agentRoute } from './agent/route.ts';
import { agentsRoute } from './agents/route.ts';
import { alertRuleRoute } from './alert-rule/route.ts';
import { alertRulesRoute } from './alert-rules/route.ts';
import { alertsRoute } from './alerts/route.ts';
import { auditRoute } from './audit/route.ts';
import { credentialRoute } from './credential/route.ts';
import { credentialsRoute } from './credentials/route.ts';
import { emailDraftsRoute } from './email-drafts/route.ts';
import { emailOutboxRoute } from './email-outbox/route.ts';
import { emailThreadRoute } from './email-thread/route.ts';
import { emailThreadsRoute } from './email-threads/route.ts';
import { newAgentRoute } from './new-agent/route.ts';
import { operationRoute } from './operation/route.ts';
import { operationsRoute } from './operations/route.ts';
import { overviewRoute } from './overview/route.ts';
import { requestLogsRoute } from './request-logs/route.ts';
import { apiTokensRoute } from './settings/api-tokens/route.ts';
import { approvalsRoute } from './settings/approvals/route.ts';
import { channelsRoute } from './settings/channels/route.ts';
import { connectRoute } from './settings/connect/route.ts';
import { connectedAppRoute } from './settings/connected-app/route.ts';
import { connectedAppsRoute } from './settings/connected-apps/route.ts';
import { mailboxesRoute } from './settings/mailboxes/route.ts';
import { membersRoute } from './settings/members/route.ts';
import { settingsRoute } from './settings/route.ts';
import { usageRoute } from './settings/usage/route.ts';
import { welcomeRoute } from './welcome/route.ts';

/** Every page's route: a page is a folder with `route.ts`, which says its address, and `page.tsx`, loaded when it is opened. */
export const pages = [
  overviewRoute,
  welcomeRoute,
  agentsRoute,
  newAgentRoute,
  agentRoute,
  alertsRoute,
  alertRulesRoute,
  alertRuleRoute,
  emailThreadsRoute,
  emailThreadRoute,
  emailDraftsRoute,
  emailOutboxRoute,
  requestLogsRoute,
  auditRoute,
  settingsRoute,
  connectRoute,
  connectedAppsRoute,
  connectedAppRoute,
  apiTokensRoute,
  usageRoute,
  membersRoute,
  approvalsRoute,
  channelsRoute,
  credentialsRoute,
  credentialRoute,
  operationsRoute,
  operationRoute,
  mailboxesRoute,
];

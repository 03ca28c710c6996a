import type { Config } from './config.ts';
import type { Logger } from './log.ts';
import type { UpstreamCheck } from './outbound/check-upstream.ts';
import type { UpstreamUrl } from './outbound/upstream-url.ts';
import type { InstanceKeys } from './services/instance-keys.ts';
import type { MailAccess } from './services/mail-access.ts';
import type { TryUpstream } from './services/upstream-trials.ts';
import type { Database } from './store/database.ts';
import type { OperationFeed } from './store/operation-feed.ts';
import type { Workflows } from './temporal/workflows.ts';
import type { Vault } from './vault/vault.ts';

/** What the control plane's services work with; made once a process. */
export interface Dependencies {
  config: Config;
  log: Logger;
  database: Database;
  vault: Vault;
  instanceKeys: InstanceKeys;
  workflows: Workflows;
  /** Tells when an operation's row changed. */
  operationFeed: OperationFeed;
  /** Whether the network guard lets an upstream through; an organization asks of a few at once. */
  checkUpstream: (url: UpstreamUrl, organizationId: string) => Promise<UpstreamCheck>;
  /** Calls an upstream once, through the network guard; an organization may not ask often. */
  tryUpstream: TryUpstream;
  /** Connections to mailboxes' servers, through the network guard. */
  mail: MailAccess;
}

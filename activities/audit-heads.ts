import { heartbeat } from '@temporalio/activity';
import { NIL } from 'uuid';
import { appendHeads, headsFile } from '../core/audit/heads-file.ts';
import type { Dependencies } from '../core/dependencies.ts';
import type { JobsDatabase } from '../core/store/jobs-database.ts';

export type AuditHeadActivities = ReturnType<typeof createAuditHeadActivities>;

/** What the workflow `exportAuditHeads` does. */
export function createAuditHeadActivities({
  jobs,
  config,
  log,
}: Pick<Dependencies, 'config' | 'log'> & { jobs: Pick<JobsDatabase, 'auditHeads'> }) {
  return {
    /**
     * Takes the new heads out of the database: to the data folder and to the log, then notes that they are out. Died in
     * between, it exports them twice, which harms nothing.
     */
    async exportSignedHeads(): Promise<void> {
      let organizationId: string = NIL;
      for (;;) {
        const heads = await jobs.auditHeads.unexported(organizationId);
        const last = heads.at(-1);
        if (last === undefined) return;
        organizationId = last.organization_id;
        await appendHeads(headsFile(config.AGENTGATEWAY_DATA_DIR), heads);
        for (const head of heads) log.info({ audit_head: head }, 'the audit chain stands here');
        await jobs.auditHeads.noteExported(heads);
        heartbeat();
      }
    },
  };
}

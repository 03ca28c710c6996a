import type pg from 'pg';
import type { AlertShard } from '../domain/alert-workflow.ts';
import { evaluateAlertRules, IN_SHARD } from './alert-evaluation.ts';

/** What the evaluation of alert rules does across organizations, with the jobs' own role. */
export interface AlertKeeping {
  /** @param now milliseconds since the epoch */
  evaluateRules(shard: AlertShard, now: number): Promise<void>;
  /** Alerts with a change that is not told yet, or of which nobody was reminded in time: some, so that each has its turn. */
  incidentsToTell(shard: AlertShard, now: number): Promise<{ id: string; organizationId: string }[]>;
}

const INCIDENTS_TO_TELL = `
  SELECT id, organization_id AS "organizationId" FROM (
    SELECT id, organization_id FROM alert WHERE told_sequence < sequence
    UNION SELECT id, organization_id FROM alert WHERE remind_at < $1::timestamptz - interval '1 minute') AS alert
  WHERE ${IN_SHARD} ORDER BY random() LIMIT 500`;

export function createAlertKeeping(pool: pg.Pool): AlertKeeping {
  return {
    evaluateRules: (shard, now) => evaluateAlertRules(pool, shard, now),
    async incidentsToTell({ shard, shards }, now) {
      return (await pool.query(INCIDENTS_TO_TELL, [new Date(now), shards, shard])).rows;
    },
  };
}

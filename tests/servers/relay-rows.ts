import { randomUUID } from 'node:crypto';
import pg from 'pg';

/** The row of a relay process that has applied every change and still carries a call to the agent. */
export async function relayCarrying(relayUrl: string, agentId: string): Promise<{ finish(): Promise<void> }> {
  const id = randomUUID();
  const client = new pg.Client({ connectionString: relayUrl });
  await client.connect();
  await client.query(
    `INSERT INTO relay_process (id, snapshot_xid, in_flight, last_heartbeat_at)
     VALUES ($1, 9e15::bigint, $2, now() + interval '1 hour')`,
    [id, JSON.stringify({ [agentId]: 1 })],
  );
  return {
    async finish() {
      await client.query('DELETE FROM relay_process WHERE id = $1', [id]);
      await client.end();
    },
  };
}

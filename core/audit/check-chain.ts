import type { ChainedEventRow } from './audit-record.ts';
import { GENESIS, nextLink } from './chain.ts';
import type { HeadSigner, SignedHead } from './head.ts';

export interface ChainProblem {
  /**
   * changed: an event, or its place, is not what was chained · missing: an event is gone · inserted: two events claim one
   * place · backdated: an event tells a time long before those chained earlier · rewritten: the chain is another than the
   * one that was signed · truncated: the last events are gone · unsigned: events behind the signed head · forged_head: a
   * head that this installation did not sign
   */
  kind: 'changed' | 'missing' | 'inserted' | 'backdated' | 'rewritten' | 'truncated' | 'unsigned' | 'forged_head';
  /** The first place that it concerns. */
  sequence: number;
  detail: string;
}

export interface ChainReport {
  events: number;
  problems: ChainProblem[];
  /** All that were found; of very many only the first are told. */
  problem_count: number;
}

export interface ChainInquiry {
  /** By their place. */
  rows: AsyncIterable<ChainedEventRow>;
  /** Every head that is known, also those kept outside the database. */
  heads: readonly SignedHead[];
  /** Chained events behind the newest head in the database. */
  unsignedEvents: number;
  verifyHead: HeadSigner['verify'];
}

/** A transaction takes seconds; clocks that are set back take more. */
const BACKDATED_MS = 10 * 60_000;
const MOST_PROBLEMS = 50;

/** Recomputes a chain and holds it against the heads. Each fault is told where it shows first; what follows is judged anew. */
export async function checkChain({ rows, heads, unsignedEvents, verifyHead }: ChainInquiry): Promise<ChainReport> {
  const report: ChainReport = { events: 0, problems: [], problem_count: 0 };
  const tell = (kind: ChainProblem['kind'], sequence: number, detail: string) => {
    report.problem_count += 1;
    if (report.problems.length < MOST_PROBLEMS) report.problems.push({ kind, sequence, detail });
  };

  const signed = new Map<number, SignedHead[]>();
  for (const head of heads) {
    if (verifyHead(head)) signed.set(head.sequence, [...(signed.get(head.sequence) ?? []), head]);
    else tell('forged_head', head.sequence, `The head of ${head.signed_at} was not signed by this installation's key.`);
  }

  let last = { sequence: 0, hash: GENESIS };
  let latest = new Date(0);
  for await (const row of rows) {
    report.events += 1;
    const { sequence, hash } = row;
    if (sequence <= last.sequence) {
      tell('inserted', sequence, `Event ${row.id} stands at a place that is taken.`);
      continue;
    }
    if (sequence > last.sequence + 1) {
      tell('missing', last.sequence + 1, `${sequence - last.sequence - 1} events before event ${row.id} are gone.`);
    } else if (nextLink(last, row).hash !== hash) {
      tell('changed', sequence, `Event ${row.id} or its place was changed after it was chained.`);
    }
    if (row.time.getTime() < latest.getTime() - BACKDATED_MS) {
      tell('backdated', sequence, `Event ${row.id} tells ${row.time.toISOString()}, but was chained after later ones.`);
    }
    for (const head of signed.get(sequence) ?? []) {
      if (head.hash !== hash)
        tell('rewritten', sequence, `The head signed at ${head.signed_at} tells another history.`);
    }
    last = { sequence, hash };
    if (row.time > latest) latest = row.time;
  }

  const newest = Math.max(0, ...signed.keys());
  if (newest > last.sequence) {
    tell('truncated', last.sequence + 1, `A signed head tells of ${newest} events, ${last.sequence} are left.`);
  }
  if (unsignedEvents > 0) tell('unsigned', last.sequence + 1, `${unsignedEvents} events stand behind the signed head.`);
  return report;
}

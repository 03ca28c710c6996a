import { v7 as uuid } from 'uuid';
import { DAY_MS, MINUTE_MS } from '../../core/domain/times.ts';
import type { RequestLogRow } from '../../core/store/request-log-row.ts';
import { DEMO_CALLS, pickCall } from './calls.ts';
import { pretendedApi, pretendedLatency } from './pretended-apis.ts';

/** Whole days before today. */
export const MONTH_DAYS = 29;
/** On a workday at noon. */
const MOST_CALLS_A_MINUTE = 12;
/** Before, the API that is unwell was well. */
const UNWELL_FOR_MS = 2 * DAY_MS;
const WELL_FAILURE_RATE = 0.01;
/** Outages to find in the charts: of half of HubSpot's calls, nine days ago, for 40 minutes; and one that an alert told of. */
const OUTAGES = [
  { agent: 'hubspot-relay', beganMs: 9 * DAY_MS, lastedMs: 40 * MINUTE_MS, failureRate: 0.45 },
  { agent: 'openai-relay', beganMs: 150 * MINUTE_MS, lastedMs: 40 * MINUTE_MS, failureRate: 0.7 },
];

/** An agent as the month's calls name it. */
export interface CalledAgent {
  id: string;
  /** The current version of its credential, which went along. */
  credentialVersionId: string | undefined;
  /** What a good call cost, in millionths of the currency; null: it has no price. */
  spendMicros: number | null;
}

export interface MonthWanted {
  organizationId: string;
  agentKeyId: string;
  /** By name. */
  agents: ReadonlyMap<string, CalledAgent>;
  /** Milliseconds since the epoch: calls end here. */
  now: number;
  /** Numbers in [0, 1). */
  random: () => number;
}

/** A month of calls as a small company makes them, in order of time: busy by day, quiet by night and at weekends. */
export function* monthOfCalls(wanted: MonthWanted): Generator<RequestLogRow> {
  const { now, random } = wanted;
  const calls = DEMO_CALLS.filter(({ agent }) => wanted.agents.has(agent));
  for (let minute = now - (now % DAY_MS) - MONTH_DAYS * DAY_MS; minute < now; minute += MINUTE_MS) {
    const count = Math.floor(MOST_CALLS_A_MINUTE * busyness(minute) + random());
    const times = Array.from({ length: count }, () => Math.floor(minute + random() * MINUTE_MS));
    for (const time of times.toSorted((one, other) => one - other)) {
      const call = pickCall(calls, random);
      if (call !== undefined && time < now) yield callAt(time, call, wanted);
    }
  }
}

/** A share of the most: like a wave over the day, with its height at noon. */
function busyness(time: number): number {
  const day = new Date(time).getUTCDay();
  const isWeekend = day === 0 || day === 6;
  const wave = 0.5 - 0.5 * Math.cos((2 * Math.PI * (time % DAY_MS)) / DAY_MS);
  return (0.5 + 0.5 * wave) * (isWeekend ? 0.6 : 1);
}

function callAt(time: number, call: (typeof DEMO_CALLS)[number], wanted: MonthWanted): RequestLogRow {
  const { organizationId, agentKeyId, agents, now, random } = wanted;
  const agent = agents.get(call.agent);
  if (agent === undefined) throw new Error(`no agent ${call.agent}`);
  const upstreamLatencyMs = Math.round(pretendedLatency(pretendedApi(call.host).medianMs, random));
  const isFailed = random() < failureRate(call, now - time);
  const answerBytes = Math.round(200 + random() * 1_800);
  return {
    id: uuid({ msecs: time }),
    time,
    organizationId,
    agentId: agent.id,
    agentKeyId,
    method: call.method,
    path: call.path,
    status: isFailed ? 503 : 200,
    errorCode: null,
    latencyMs: upstreamLatencyMs + 1 + Math.floor(random() * 4),
    upstreamLatencyMs,
    bytesIn: call.body?.length ?? 0,
    bytesOut: isFailed ? 61 : answerBytes,
    retryCount: 0,
    spendMicros: isFailed && agent.spendMicros !== null ? 0 : agent.spendMicros,
    credentialVersionIds: agent.credentialVersionId === undefined ? [] : [agent.credentialVersionId],
  };
}

function failureRate({ agent, host }: (typeof DEMO_CALLS)[number], agoMs: number): number {
  const outage = OUTAGES.find(
    ({ beganMs, lastedMs, ...of }) => of.agent === agent && agoMs < beganMs && agoMs > beganMs - lastedMs,
  );
  if (outage !== undefined) return outage.failureRate;
  const { failureRate: present } = pretendedApi(host);
  return agoMs > UNWELL_FOR_MS ? Math.min(present, WELL_FAILURE_RATE) : present;
}

const CALLS_PER_SECOND = 50;
/** One of so many calls streams its body, so that it cannot be repeated. */
const STREAMED = 10;

/** An agent that is called, and what came of the calls. */
export interface Lane {
  agent: string;
  agentKey: string;
  calls: number;
  /** Of calls that can be repeated, every answer but 200. */
  failed: string[];
  streamedCalls: number;
  streamedFailed: string[];
}

export interface Traffic {
  /** Adds an agent, which every relay process must know. */
  join(agent: string, agentKey: string): Lane;
  /** Ends its calls; resolves when the last one is answered. */
  leave(lane: Lane): Promise<void>;
  stop(): Promise<void>;
}

/** 50 calls a second in turn to all agents: queries, small posts, streamed uploads. */
export function startTraffic(relayPort: number): Traffic {
  const lanes: Lane[] = [];
  const underWay = new Map<Promise<void>, Lane>();
  let sent = 0;
  const url = (agent: string) => `http://127.0.0.1:${relayPort}/${agent}/v1/items`;

  async function callOnce(lane: Lane, turn: number): Promise<void> {
    const isStreamed = turn % STREAMED === 0;
    // Each on a connection of its own, which the kernel deals out to the relay processes.
    const headers = { 'x-api-key': lane.agentKey, connection: 'close' };
    const outcome = await fetch(url(lane.agent), { ...requestOf(turn), headers }).then(
      async (response) => `${response.status} ${(await response.text()).slice(0, 120)}`,
      (error: Error) => `${error.message} ${(error.cause as Error | undefined)?.message ?? ''}`,
    );
    if (isStreamed) lane.streamedCalls += 1;
    else lane.calls += 1;
    if (!outcome.startsWith('200')) (isStreamed ? lane.streamedFailed : lane.failed).push(outcome);
  }

  const timer = setInterval(() => {
    sent += 1;
    const lane = lanes[sent % lanes.length];
    if (lane === undefined) return;
    const call = callOnce(lane, Math.floor(sent / lanes.length)).finally(() => underWay.delete(call));
    underWay.set(call, lane);
  }, 1_000 / CALLS_PER_SECOND);

  return {
    join(agent, agentKey) {
      const lane = { agent, agentKey, calls: 0, failed: [], streamedCalls: 0, streamedFailed: [] };
      lanes.push(lane);
      return lane;
    },
    async leave(lane) {
      lanes.splice(lanes.indexOf(lane), 1);
      await Promise.all([...underWay].filter(([, of]) => of === lane).map(([call]) => call));
    },
    async stop() {
      clearInterval(timer);
      await Promise.all(underWay.keys());
    },
  };
}

function requestOf(turn: number): RequestInit {
  if (turn % STREAMED === 0) {
    return { method: 'POST', body: new Blob(['streamed']).stream(), duplex: 'half' } as RequestInit;
  }
  return turn % 3 === 0 ? { method: 'POST', body: JSON.stringify({ turn }) } : {};
}

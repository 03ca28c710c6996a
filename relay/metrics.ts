/** Counts by one label, printed in Prometheus' text format. */
class LabelledCounter {
  readonly #counts = new Map<string, number>();

  add(label: string): void {
    this.#counts.set(label, (this.#counts.get(label) ?? 0) + 1);
  }

  lines(name: string, labelName: string): string[] {
    const samples = [...this.#counts].map(([label, count]) => `${name}{${labelName}="${label}"} ${count}`);
    return [`# TYPE ${name} counter`, ...samples];
  }
}

/** What the relay counts of itself; no name of a tenant among the labels. */
export class Metrics {
  /** Finished calls by status class. */
  readonly calls = new LabelledCounter();
  /** The relay's own errors by code. */
  readonly refusals = new LabelledCounter();
  /** Answers that were cut off half-way, by the reason's code (`agent_not_found`: a deletion's drain was over). */
  readonly cutAnswers = new LabelledCounter();

  /** @param gauges present values by metric name */
  render(gauges: Record<string, number>): string {
    const lines = [
      ...this.calls.lines('agentgateway_relay_calls_total', 'status'),
      ...this.refusals.lines('agentgateway_relay_errors_total', 'code'),
      ...this.cutAnswers.lines('agentgateway_relay_cut_answers_total', 'code'),
    ];
    for (const [name, value] of Object.entries(gauges)) lines.push(`# TYPE ${name} gauge`, `${name} ${value}`);
    return `${lines.join('\n')}\n`;
  }
}

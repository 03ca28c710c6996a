import type { RequestLogRow } from './request-log-row.ts';

/** The columns, in the order of `copyLine`. */
export const COPY_COLUMNS =
  'id, time, organization_id, agent_id, agent_key_id, method, path, status, error_code, latency_ms, upstream_latency_ms, ' +
  'bytes_in, bytes_out';

const NULL = '\\N';

/** A row in COPY's text format (PostgreSQL manual, COPY, "Text Format"). */
export function copyLine(row: RequestLogRow): string {
  const fields = [
    row.id,
    new Date(row.time).toISOString(),
    row.organizationId,
    row.agentId,
    row.agentKeyId ?? NULL,
    escaped(row.method),
    escaped(row.path),
    row.status,
    row.errorCode ?? NULL,
    row.latencyMs,
    row.upstreamLatencyMs ?? NULL,
    row.bytesIn,
    row.bytesOut,
  ];
  return `${fields.join('\t')}\n`;
}

/** The caller chose this text: control characters go, a backslash is doubled. */
function escaped(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return text.replace(/[\u0000-\u001f]/g, '?').replaceAll('\\', '\\\\');
}

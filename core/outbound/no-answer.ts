/** What fails before the first byte of a request leaves: name, connection, certificate. */
const BEFORE_SENDING =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|CERT_.*|ERR_TLS_.*|.*SELF_SIGNED.*|UNABLE_TO_.*)$/;

/** Whether a request that failed for this reason may have been read. */
export function isMaybeSent(code: string): boolean {
  return !BEFORE_SENDING.test(code);
}

/** A word such as ECONNRESET: the messages of fetch's errors may quote what was sent. */
export function reasonCode(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const { code } = (error.cause ?? error) as { code?: unknown };
  return typeof code === 'string' ? code : error.name;
}

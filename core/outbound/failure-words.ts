/** What a network error means. Addresses and library messages stay inside. */
const CAUSES: Record<string, string> = {
  ENOTFOUND: 'its name does not resolve; check the agent’s upstream_url',
  EAI_AGAIN: 'its name cannot be resolved at present; try again',
  ECONNREFUSED: 'it refused the connection; check that it is up and the port is right',
  ECONNRESET: 'it reset the connection; try again',
  EPIPE: 'it closed the connection; try again',
  UND_ERR_SOCKET: 'it closed the connection before its answer was complete; try again',
  UND_ERR_HEADERS_OVERFLOW: 'its answer’s headers are larger than 64 KiB',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'its answer has another length than it announced',
  EHOSTUNREACH: 'there is no way to its network',
  ENETUNREACH: 'there is no way to its network',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its TLS certificate is for another name',
  CERT_HAS_EXPIRED: 'its TLS certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its TLS certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its TLS certificate is signed by an unknown authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its TLS certificate is signed by an unknown authority',
};

export function failureInWords(error: Error): string {
  return CAUSES[failureCode(error)] ?? 'the connection failed or its answer is not valid HTTP; try again';
}

/** Where several addresses were tried, the first one's error speaks. */
export function failureCode(error: Error): string {
  const first = error instanceof AggregateError ? error.errors[0] : error;
  return String((first as NodeJS.ErrnoException | undefined)?.code ?? '');
}

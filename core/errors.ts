/** The codes that callers may rely on, with their HTTP status. */
export const ERROR_STATUS = {
  invalid_request: 400,
  unauthenticated: 401,
  forbidden: 403,
  insufficient_scope: 403,
  reauthentication_required: 403,
  not_found: 404,
  conflict: 409,
  version_mismatch: 409,
  body_too_large: 413,
  refused_by_policy: 422,
  host_not_allowed: 422,
  upstream_forbidden: 422,
  mailbox_unusable: 422,
  rate_limited: 429,
  internal: 500,
  database_unavailable: 503,
  temporal_unavailable: 503,
  vault_unavailable: 503,
  mail_server_unavailable: 503,
} as const;

export type ErrorCode = keyof typeof ERROR_STATUS;

/** One thing that is wrong with an input: where, and what would be right. */
export interface InputIssue {
  path: string;
  message: string;
}

interface ErrorExtras {
  /** Wrong fields of the input. */
  issues?: InputIssue[];
  /**
   * Further members of the answer that callers may use, such as `allow_url`, or `tools`: the operations that do what
   * `detail` says, which names none, since people read it too. Never a secret.
   */
  members?: Record<string, unknown>;
  retryAfterSeconds?: number;
  /** What stays inside: goes to the log, never to a caller. */
  cause?: unknown;
}

/**
 * An error that a caller may see. `detail` says what to do next; what nobody outside should read goes into `cause`.
 */
export class PublicError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly issues: InputIssue[] | undefined;
  readonly members: Record<string, unknown>;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, detail: string, extras: ErrorExtras = {}) {
    super(detail, { cause: extras.cause });
    this.name = 'PublicError';
    this.code = code;
    this.status = ERROR_STATUS[code];
    this.issues = extras.issues;
    this.members = extras.members ?? {};
    this.retryAfterSeconds = extras.retryAfterSeconds;
  }

  get detail(): string {
    return this.message;
  }
}

/** What belongs to another organization, is deleted or never was answers alike. */
export function notFound(what: string, reference: string): PublicError {
  return new PublicError(
    'not_found',
    `There is no ${what} "${reference.slice(0, 80)}" in this organization. List the ${what}s to see their names.`,
  );
}

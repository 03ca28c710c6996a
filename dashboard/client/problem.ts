/** An error as REST answers it (RFC 9457); `code` says which, `detail` what to do next. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  /** What is wrong with which member of the input. */
  readonly issues: readonly { path: string; message: string }[];
  /** Where a person goes to make it possible: re-authentication, allowing a host. */
  readonly url: string | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(told: {
    status: number;
    code: string;
    detail: string;
    issues?: readonly { path: string; message: string }[] | undefined;
    url?: string | undefined;
    retryAfterSeconds?: number | undefined;
  }) {
    super(told.detail);
    this.name = 'Problem';
    this.status = told.status;
    this.code = told.code;
    this.issues = told.issues ?? [];
    this.url = told.url;
    this.retryAfterSeconds = told.retryAfterSeconds;
  }
}

/** The server was not reached, or something in between answered for it. */
export class Unreachable extends Error {
  constructor(cause?: unknown) {
    super('The server cannot be reached.', { cause });
    this.name = 'Unreachable';
  }
}

/** Reads what a call was refused with. @returns Unreachable where the answer is not one of ours */
export async function readProblem(response: Response): Promise<Problem | Unreachable> {
  if (!response.headers.get('content-type')?.includes('problem+json')) return new Unreachable(response.status);
  const told = await response.json().catch(() => ({}));
  const retryAfter = Number(response.headers.get('retry-after'));
  return new Problem({
    status: response.status,
    code: String(told.code ?? 'internal'),
    detail: String(told.detail ?? response.statusText),
    issues: told.issues,
    url: told.url ?? told.allow_url,
    ...(retryAfter > 0 && { retryAfterSeconds: retryAfter }),
  });
}

/** Whether somebody else changed it after the form that was sent had been filled in. */
export function isChangedMeanwhile(error: unknown): boolean {
  return error instanceof Problem && error.code === 'version_mismatch';
}

/** Whether the same call may well succeed in a moment. */
export function isTransient(error: unknown): boolean {
  return error instanceof Unreachable || (error instanceof Problem && (error.status === 503 || error.status === 429));
}

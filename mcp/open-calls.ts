import type { RequestHandler } from 'express';
import { PublicError } from '../core/errors.ts';
import { authenticatedCall } from './authentication.ts';
import type { AppCaller } from './tool-selection.ts';

/**
 * A call that waits, for an operation or for a person's answer, keeps its message in memory for up to ten minutes. One
 * app may have several at once and an organization hundreds of people with one or two each; a process must survive both.
 */
export const MOST_OPEN = { ofGrant: 50, ofOrganization: 400 } as const;

type Owner = Pick<AppCaller, 'grantId' | 'organizationId'>;

/**
 * Counts what one process has under way.
 * @returns for a caller, what gives its place back; to be called once
 * @throws PublicError `rate_limited` from the returned function, when the grant or its organization has no place left
 */
export function createOpenCalls(): (owner: Owner) => () => void {
  const open = new Map<string, number>();
  const change = (id: string, by: 1 | -1) => {
    const left = (open.get(id) ?? 0) + by;
    if (left === 0) open.delete(id);
    else open.set(id, left);
  };
  const refuseOver = (id: string, most: number, whose: string) => {
    if ((open.get(id) ?? 0) < most) return;
    const detail = `${whose} has ${most} calls under way, the most there may be. Wait for an answer, then go on.`;
    throw new PublicError('rate_limited', detail, { retryAfterSeconds: 1 });
  };

  return ({ grantId, organizationId }) => {
    refuseOver(grantId, MOST_OPEN.ofGrant, 'This connection');
    refuseOver(organizationId, MOST_OPEN.ofOrganization, 'Your organization');
    for (const id of [grantId, organizationId]) change(id, 1);
    return () => {
      for (const id of [grantId, organizationId]) change(id, -1);
    };
  };
}

/** A call has its place until its answer has ended or its client is gone. */
export function limitOpenCalls(): RequestHandler {
  const enter = createOpenCalls();
  return (request, response, next) => {
    // Who left meanwhile tells it no second time.
    if (response.closed) return;
    response.once('close', enter(authenticatedCall(request).caller));
    next();
  };
}

import type { AuthInfo } from '@modelcontextprotocol/server';
import type { Request } from 'express';
import { type Authenticated, authenticatedCall } from './authentication.ts';
import type { HoldAnswer } from './held-answers.ts';

/** What the protocol's handler gets to know of a caller; the access token itself goes no further. */
export function authInfoOf(request: Request, hold: HoldAnswer): AuthInfo {
  const call = authenticatedCall(request);
  return { token: '', clientId: call.caller.clientId, scopes: [...call.caller.scopes], extra: { ...call, hold } };
}

export function authenticatedBy(authInfo: AuthInfo | undefined): Authenticated & { hold: HoldAnswer } {
  return authInfo?.extra as unknown as Authenticated & { hold: HoldAnswer };
}

import type { AuthInfo } from '@modelcontextprotocol/server';
import type { Request } from 'express';
import { type Authenticated, authenticatedCall } from './authentication.ts';

/** What the protocol's handler gets to know of a caller; the access token itself goes no further. */
export function authInfoOf(request: Request): AuthInfo {
  const call = authenticatedCall(request);
  return { token: '', clientId: call.caller.clientId, scopes: [...call.caller.scopes], extra: { ...call } };
}

export function authenticatedBy(authInfo: AuthInfo | undefined): Authenticated {
  return authInfo?.extra as unknown as Authenticated;
}

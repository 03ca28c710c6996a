import { z } from 'zod';
import { INJECTION_KINDS, type Injection, InjectionError, parseInjection } from '../domain/injection.ts';
import { PublicError } from '../errors.ts';

/** A link's injection as callers write and see it. */
export const injectionView = z.object({
  kind: z.enum(INJECTION_KINDS),
  name: z.string().optional(),
  template: z.string().optional(),
  region: z.string().optional(),
  service: z.string().optional(),
  token_url: z.string().optional(),
  client_id: z.string().optional(),
  scope: z.string().optional(),
  audience: z.string().optional(),
});

const { token_url, client_id, scope, audience, ...ofApps } = injectionView.shape;

/** Invariant 9: a token URL says where a secret goes, so no OAuth app names one. */
export const injectionByApps = z.strictObject({
  ...ofApps,
  kind: z.enum(INJECTION_KINDS).exclude(['oauth2_client_credentials']),
});

export const injectionByPeople = z.strictObject(injectionView.shape);

/** @throws PublicError `invalid_request` that says what is wrong with it */
export function readInjection(value: unknown): Injection {
  try {
    return parseInjection(value);
  } catch (error) {
    if (!(error instanceof InjectionError)) throw error;
    throw new PublicError('invalid_request', `injection: ${error.message}.`, {
      issues: [{ path: 'injection', message: error.message }],
    });
  }
}

/** What an injection writes: two links that write the same place would overwrite each other. */
export function placeOf(injection: Injection): string {
  switch (injection.kind) {
    case 'bearer':
    case 'basic':
    case 'oauth2_client_credentials':
    case 'aws_sigv4':
      return 'header authorization';
    case 'header':
      return `header ${injection.name.toLowerCase()}`;
    case 'query':
      return `query parameter ${injection.name}`;
  }
}

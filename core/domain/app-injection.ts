import type { Injection } from './injection.ts';

/** Where APIs look for a secret. */
const AUTHENTICATION_HEADER =
  /^(authorization|x-auth-[\w-]+|[\w-]+-token|([\w-]+-)?(api|access|application|subscription)-?key)$/i;
/** Their purpose is to be sent back to whoever calls. */
const PASSED_TO_AND_FRO = /csrf|xsrf/i;

/** The secret alone, or after a scheme's name: `Bearer {secret}`. */
const PLAIN_TEMPLATE = /^([\w-]+ )?\{secret\}$/;

/**
 * Invariant 9, for who links through an OAuth app: a secret may only stand where an upstream expects one. An allowed host
 * sends much else back (CORS origins, request IDs, parts of the query) and so gives the secret to whoever calls.
 */
export function appMayInject(injection: Injection): boolean {
  switch (injection.kind) {
    case 'bearer':
    case 'basic':
    case 'aws_sigv4':
      return true;
    case 'header':
      return (
        AUTHENTICATION_HEADER.test(injection.name) &&
        !PASSED_TO_AND_FRO.test(injection.name) &&
        PLAIN_TEMPLATE.test(injection.template)
      );
    case 'query':
    case 'oauth2_client_credentials':
      return false;
  }
}

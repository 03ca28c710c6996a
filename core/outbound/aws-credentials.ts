import { UnusableSecretError } from './unusable-secret.ts';

export interface AwsCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string | null;
}

/**
 * Reads a secret as an AWS access key: `AKIA…:secret`, or the JSON object
 * `{"access_key_id": …, "secret_access_key": …, "session_token": …}`, the last member being optional.
 * @throws UnusableSecretError
 */
export function readAwsCredentials(secretValue: string): AwsCredentials {
  const {
    access_key_id,
    secret_access_key,
    session_token = null,
  } = secretValue.startsWith('{') ? parseObject(secretValue) : splitPair(secretValue);
  const usable =
    isPlain(access_key_id, /^\w{16,128}$/) &&
    isPlain(secret_access_key, /^[\x21-\x7e]{16,256}$/) &&
    (session_token === null || isPlain(session_token, /^[\x21-\x7e]{1,4096}$/));
  if (!usable) throw new UnusableSecretError('the secret is no AWS access key');
  return {
    accessKeyId: access_key_id as string,
    secretAccessKey: secret_access_key as string,
    sessionToken: session_token as string | null,
  };
}

function splitPair(text: string): Record<string, unknown> {
  const colon = text.indexOf(':');
  return { access_key_id: text.slice(0, colon), secret_access_key: text.slice(colon + 1) };
}

function parseObject(text: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(text)) as Record<string, unknown>;
  } catch {
    throw new UnusableSecretError('the secret is no AWS access key');
  }
}

function isPlain(value: unknown, pattern: RegExp): boolean {
  return typeof value === 'string' && pattern.test(value);
}

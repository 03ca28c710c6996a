import { describe, expect, test } from '@jest/globals';
import { readAwsCredentials } from '../../../core/outbound/aws-credentials.ts';
import { AwsSigner } from '../../../core/outbound/aws-signer.ts';
import { UnusableSecretError } from '../../../core/outbound/unusable-secret.ts';
import { AWS_VECTORS, VECTOR_KEY } from './aws-vectors.ts';

const MOMENT = new Date('2015-08-30T12:36:00Z');

function signer(service: string, region = 'us-east-1', sessionToken: string | null = null): AwsSigner {
  return new AwsSigner({ kind: 'aws_sigv4', region, service }, { ...VECTOR_KEY, sessionToken });
}

describe('a signature is the one that AWS computes', () => {
  test.each(AWS_VECTORS.map((vector) => [vector.title, vector] as const))('for %s', (_title, vector) => {
    const { service, region, sessionToken, payloadHash, strictPath, signedHeaders, signature } = vector;
    const signed = signer(service, region, sessionToken).sign(vector, payloadHash, MOMENT);
    expect(signed.path).toBe(strictPath);
    expect(signed.headers.at(-1)).toBe(
      `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE00000/20150830/${region}/${service}/aws4_request, SignedHeaders=${signedHeaders}, Signature=${signature}`,
    );
  });

  test('also on the next day, with another signing key', () => {
    const request = { method: 'GET', host: 'iam.amazonaws.com', path: '/', query: '', headers: [] };
    const one = signer('iam');
    one.sign(request, 'x', MOMENT);
    const nextDay = new Date('2015-08-31T00:00:00Z');
    expect(one.sign(request, 'x', nextDay)).toEqual(signer('iam').sign(request, 'x', nextDay));
  });
});

describe('invariant 3: what the caller signed with is replaced', () => {
  test('in headers and in the query', () => {
    const headers = [
      ...['authorization', 'AWS4-HMAC-SHA256 Credential=mine', 'x-amz-date', '19990101T000000Z'],
      ...['X-Amz-Security-Token', 'mine', 'X-Amz-Content-Sha256', 'mine', 'Accept', '*/*'],
    ];
    const query = 'X-Amz-Signature=mine&x-amz-credential=mine&%58-Amz-Date=1&list-type=2';
    const signed = signer('s3').sign(
      { method: 'GET', host: 's3.amazonaws.com', path: '/', query, headers },
      'x',
      MOMENT,
    );
    expect(signed.query).toBe('list-type=2');
    expect(signed.headers.join(' ')).not.toMatch(/mine|1999/);
    expect(signed.headers).toEqual(expect.arrayContaining(['Accept', '*/*', 'X-Amz-Date', '20150830T123600Z']));
  });
});

describe('what is signed of the body', () => {
  const hash = 'ab'.repeat(32);
  test.each([
    ['s3', hash, true, true, hash],
    ['iam', hash, true, false, hash],
    ['iam', 'UNSIGNED-PAYLOAD', true, true, 'hash the body'],
    ['s3', '', true, true, 'UNSIGNED-PAYLOAD'],
    ['s3', '', true, false, 'hash the body'],
    ['s3-outposts', '', true, true, 'UNSIGNED-PAYLOAD'],
    ['iam', '', true, true, 'hash the body'],
    ['s3', 'STREAMING-UNSIGNED-PAYLOAD-TRAILER', true, true, 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'],
    ['s3', 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD', true, true, 'refuse'],
  ])('%s, caller’s hash %j, body %s, TLS %s: %s', (service, callersHash, hasBody, isTls, expected) => {
    expect(signer(service).payloadHash(callersHash, hasBody, isTls)).toBe(expected);
  });

  test('nothing: the hash of nothing', () => {
    expect(signer('s3').payloadHash('', false, true)).toMatch(/^e3b0c442[0-9a-f]{56}$/);
  });
});

describe('an AWS access key', () => {
  const [id, secret] = ['AKIAIOSFODNN7EXAMPLE', 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'];
  test.each([
    [`${id}:${secret}`, null],
    [JSON.stringify({ access_key_id: id, secret_access_key: secret }), null],
    [JSON.stringify({ access_key_id: id, secret_access_key: secret, session_token: 'FwoG==' }), 'FwoG=='],
  ])('is read from %s', (text, sessionToken) => {
    expect(readAwsCredentials(text)).toEqual({ accessKeyId: id, secretAccessKey: secret, sessionToken });
  });

  test.each([
    '',
    'plain',
    `${id}:`,
    `:${secret}`,
    `${id}/x:${secret}`,
    '{',
    'null:null',
    '{"access_key_id":1}',
    JSON.stringify({ access_key_id: id, secret_access_key: secret, session_token: 'a\nb' }),
  ])('is not read from %j, and the error holds nothing of it', (text) => {
    const attempt = () => readAwsCredentials(text);
    expect(attempt).toThrow(UnusableSecretError);
    expect(attempt).toThrow(/^the secret is no AWS access key$/);
  });
});

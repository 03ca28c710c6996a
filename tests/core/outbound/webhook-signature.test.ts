import { execFileSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { newSigningValue, signatureHeaders } from '../../../core/outbound/webhook-signature.ts';

/** OpenSSL's HMAC over what the specification of Standard Webhooks says: `id.timestamp.body`, keyed by the decoded value. */
function openssl(signingValue: string, signed: string): string {
  const hexKey = Buffer.from(signingValue.replace('whsec_', ''), 'base64').toString('hex');
  const command = ['dgst', '-sha256', '-mac', 'HMAC', '-macopt', `hexkey:${hexKey}`, '-binary'];
  return execFileSync('openssl', command, { input: signed }).toString('base64');
}

test('the example of the specification has its signature', () => {
  // standard-webhooks/standard-webhooks, spec: value, ID, time, body and signature of its reference libraries' tests.
  const message = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestamp: 1_614_265_330, body: '{"test": 2432232314}' };
  expect(signatureHeaders('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', message)).toEqual({
    'webhook-id': message.id,
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});

test('another implementation makes the same signature of any body', () => {
  const body = fc.string({ unit: 'grapheme', maxLength: 300 });
  fc.assert(
    fc.property(fc.uuid(), fc.integer({ min: 1, max: 2 ** 33 }), body, (id, timestamp, text) => {
      const signingValue = newSigningValue();
      const headers = signatureHeaders(signingValue, { id, timestamp, body: text });
      expect(headers['webhook-signature']).toBe(`v1,${openssl(signingValue, `${id}.${timestamp}.${text}`)}`);
    }),
    { numRuns: 25 },
  );
});

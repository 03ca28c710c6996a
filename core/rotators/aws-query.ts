import { hash } from 'node:crypto';
import { type AwsCredentials, readAwsCredentials } from '../outbound/aws-credentials.ts';
import { AwsSigner } from '../outbound/aws-signer.ts';
import { UnusableSecretError } from '../outbound/unusable-secret.ts';
import { type Answer, sendBound } from './bound-request.ts';
import type { RotatorContext, SecretHolder } from './key-provider.ts';
import { RotatorError } from './rotator.ts';

export interface AwsService {
  name: 'iam' | 'sts';
  url: string;
  region: string;
  /** Of the query protocol's API. */
  version: string;
}

/** A call of the AWS query protocol: a signed form, answered in XML. */
export async function awsCall(
  context: RotatorContext,
  service: AwsService,
  signed: { holder: SecretHolder; secret: string },
  parameters: Record<string, string>,
): Promise<Answer> {
  const url = new URL(service.url);
  const body = new URLSearchParams({ ...parameters, Version: service.version }).toString();
  const signer = new AwsSigner(
    { kind: 'aws_sigv4', region: service.region, service: service.name },
    awsCredentials(signed.holder, signed.secret),
  );
  const { headers } = signer.sign(
    {
      method: 'POST',
      host: url.host,
      path: url.pathname,
      query: '',
      headers: ['Content-Type', 'application/x-www-form-urlencoded', 'Accept', 'text/xml'],
    },
    hash('sha256', body),
    new Date(),
  );
  return sendBound(context, { method: 'POST', url: url.href, headers: headerRecord(headers), body }, [signed.holder]);
}

/** @throws RotatorError */
export function awsCredentials(holder: SecretHolder, secret: string): AwsCredentials {
  try {
    return readAwsCredentials(secret);
  } catch (error) {
    if (!(error instanceof UnusableSecretError)) throw error;
    throw new RotatorError('permanent', `The credential "${holder.name}" holds no AWS access key (AKIA…:secret).`);
  }
}

/**
 * The text of the first element of that name, null when there is none. AWS writes these elements without attributes or
 * children, and nothing in them that XML would escape.
 */
export function xmlText(xml: string, element: string): string | null {
  return new RegExp(`<${element}>([^<]*)</${element}>`).exec(xml)?.[1] ?? null;
}

/** The contents of each `<member>` of a list. */
export function xmlMembers(xml: string): string[] {
  return [...xml.matchAll(/<member>([\s\S]*?)<\/member>/g)].map(([, content]) => content ?? '');
}

/** From a flat list name, value … */
export function headerRecord(flat: readonly string[]): Record<string, string> {
  return Object.fromEntries(flat.flatMap((name, i) => (i % 2 === 0 ? [[name.toLowerCase(), flat[i + 1] ?? '']] : [])));
}

import type { Dispatcher } from 'undici';
import { type Rotator, RotatorError, type Verdict } from './rotator.ts';

/** What a kind of rotator does at its provider, one call at a time; `createRotator` adds waiting and what all share. */
export interface KeyProvider extends Pick<Rotator, 'mints' | 'plan' | 'mint' | 'find' | 'revoke'> {
  /** How long the provider may take until all of its servers know a new or an ended key. */
  readonly settlingSeconds: number;
  /** One call with a value; null where only the credential's probe can tell. */
  readonly tryOut: TryOut | null;
}

/** @throws RotatorError where the answer tells nothing about the value */
export type TryOut = (value: string) => Promise<Verdict>;

/** A credential whose secret a request carries: it goes only to that credential's hosts (invariant 9). */
export interface SecretHolder {
  name: string;
  /** Normalised entries. */
  allowedHosts: readonly string[];
}

/** What a rotator works with; made anew for each use, since secrets change under it. */
export interface RotatorContext {
  /** Goes through the network guard (invariant 2). */
  agent: Dispatcher;
  /** The rotated credential, and the value that is current now. */
  credential: SecretHolder & { currentValue: string | null };
  /** Whose secret the rotator's own calls use: `credential` again, or the one named by `admin_credential`. */
  admin: SecretHolder & { value: string | null };
}

/** @throws RotatorError while the credential has no value */
export function adminSecret({ admin }: RotatorContext): string {
  if (admin.value !== null) return admin.value;
  throw new RotatorError(
    'permanent',
    `The credential "${admin.name}", which the rotator's calls use, has no value yet.`,
  );
}

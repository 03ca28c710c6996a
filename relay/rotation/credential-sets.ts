import type { RunningRotation } from '../../core/domain/rotation.ts';
import {
  type ConstantInjection,
  isConstant,
  type LiveInjection,
  type PreparedInjection,
} from '../../core/outbound/injection.ts';

/** What a call carries to its upstream. Secrets in their form for the wire: memory only (invariant 1). */
export interface CredentialSet {
  readonly injections: readonly ConstantInjection[];
  /** What gives each call its own `Authorization`. */
  readonly liveInjection: LiveInjection | null;
  readonly credentialVersionIds: readonly string[];
}

/** A credential set on a route with rotations: whose new version it holds, and whose old one. */
export interface TrialSet extends CredentialSet {
  readonly fresh: readonly LinkRotation[];
  readonly old: readonly LinkRotation[];
}

/** A link's injection with one version; under rotation also with the new one. */
export interface PreparedLink {
  versionId: string;
  injection: PreparedInjection;
  rotation: (LinkRotation & { fresh: PreparedLink }) | null;
}

export interface LinkRotation extends RunningRotation {
  organizationId: string;
}

/** The rotations of a route's credentials, and the sets that its calls choose between. */
export interface RouteRotation {
  readonly all: readonly LinkRotation[];
  /** The one whose version repeatable calls choose. */
  readonly leader: LinkRotation;
  /** For calls that cannot be repeated, or are not chosen: old versions up to the drain, new ones from it on. */
  readonly usual: TrialSet;
  /** The same with the leader's new version. */
  readonly trying: TrialSet;
  /** What a refused call is repeated with. */
  readonly old: TrialSet;
}

type Pick = (rotation: LinkRotation) => 'fresh' | 'usual';

/** @param pick which version a link under rotation gives; `usual` is the old one */
export function credentialSet(links: readonly PreparedLink[], pick: Pick): TrialSet {
  const picked = links.map((link) =>
    link.rotation !== null && pick(link.rotation) === 'fresh' ? link.rotation.fresh : link,
  );
  const injections = picked.map(({ injection }) => injection);
  const rotations = links.flatMap(({ rotation }) => rotation ?? []);
  return {
    injections: injections.filter(isConstant),
    liveInjection: injections.find((injection) => !isConstant(injection)) ?? null,
    credentialVersionIds: picked.map(({ versionId }) => versionId),
    fresh: rotations.filter((rotation) => pick(rotation) === 'fresh'),
    old: rotations.filter((rotation) => pick(rotation) !== 'fresh'),
  };
}

/**
 * Of several rotations one at a time is tried, so that a refusal tells whose new version it was. null: none runs.
 */
export function rotationOfRoute(links: readonly PreparedLink[]): RouteRotation | null {
  const all = links.flatMap(({ rotation }) => rotation ?? []);
  const leader = all.find(({ phase }) => phase !== 'drain') ?? all[0];
  if (leader === undefined) return null;
  const usual: Pick = ({ phase }) => (phase === 'drain' ? 'fresh' : 'usual');
  return {
    all,
    leader,
    usual: credentialSet(links, usual),
    trying: credentialSet(links, (rotation) =>
      rotation.operation_id === leader.operation_id ? 'fresh' : usual(rotation),
    ),
    old: credentialSet(links, () => 'usual'),
  };
}

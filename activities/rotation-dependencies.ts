import type { Dispatcher } from 'undici';
import type { Dependencies } from '../core/dependencies.ts';

export interface RotationDependencies
  extends Pick<Dependencies, 'config' | 'log' | 'database' | 'vault' | 'instanceKeys' | 'workflows'> {
  /** Reaches providers and upstreams, through the network guard (invariant 2). */
  outboundAgent: Dispatcher;
  /** Milliseconds since 1970; tests that skip time bring their own. */
  now: () => number;
}

/** An operation, as activities and their rows know it. */
export interface OperationReference {
  organizationId: string;
  operationId: string;
}

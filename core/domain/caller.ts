import type { Role } from './roles.ts';

export interface CallingPerson {
  id: string;
  email: string;
  name: string;
}

interface CallerBase {
  person: CallingPerson;
  organizationId: string;
  organizationName: string;
  /** As it is at this call. */
  role: Role;
  requestId: string;
}

/** Who calls an operation. A session may do all that its role allows; the other two what role and scopes allow. */
export type Caller =
  | (CallerBase & { kind: 'session'; sessionId: string })
  | (CallerBase & { kind: 'api_token'; tokenId: string; tokenName: string; scopes: ReadonlySet<string> })
  | (CallerBase & { kind: 'app'; grantId: string; clientId: string; clientName: string; scopes: ReadonlySet<string> });

/** Who did something, as audit events and operations keep it. */
export interface Actor {
  kind: 'person' | 'api_token' | 'app' | 'system';
  id: string;
  name: string;
  /** The OAuth app's name, where a person acted through one. */
  app: string | null;
  grantId: string | null;
}

export const SYSTEM: Actor = { kind: 'system', id: 'system', name: 'AgentGateway', app: null, grantId: null };

export function actorOf(caller: Caller): Actor {
  const { person } = caller;
  switch (caller.kind) {
    case 'session':
      return { kind: 'person', id: person.id, name: person.email, app: null, grantId: null };
    case 'api_token':
      return {
        kind: 'api_token',
        id: caller.tokenId,
        name: `${caller.tokenName} (${person.email})`,
        app: null,
        grantId: null,
      };
    case 'app':
      return { kind: 'app', id: person.id, name: person.email, app: caller.clientName, grantId: caller.grantId };
  }
}

/** A secret value may pass between the product and this caller: a person's own session or an API token (invariant 1). */
export function mayCarrySecrets(caller: Pick<Caller, 'kind'>): boolean {
  return caller.kind !== 'app';
}

/** Whose idempotency keys are whose. */
export function idempotencyOwner(caller: Caller): string {
  switch (caller.kind) {
    case 'session':
      return `person/${caller.person.id}`;
    case 'api_token':
      return `api-token/${caller.tokenId}`;
    case 'app':
      return `grant/${caller.grantId}`;
  }
}

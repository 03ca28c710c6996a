import type { Role } from '../../core/domain/roles.ts';

/** What the server wrote into the page: who is signed in, and the organization that this tab shows. */
export interface BootFacts {
  person: { id: string; email: string; name: string };
  organizations: { id: string; name: string; role: Role }[];
  /** The ID of the one that this tab shows; another one is another page load, so that nothing of this one stays. */
  organization: string;
  /** The event stream's ID when the page was made: what changed since then is told. */
  events_from: string | null;
  csrf_token: string;
  relay_url: string;
  mcp_url: string;
  /** Of the whole installation. */
  is_instance_owner: boolean;
}

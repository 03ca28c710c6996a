import { PublicError } from '../../core/errors.ts';
import type { Visit } from './visit.ts';

/** Something was asked of an organization that the person is no member of, or that there is not. */
export class WrongOrganization extends PublicError {
  readonly email: string;
  /** Where each of the person's own organizations leads. */
  readonly ways: { name: string; path: string }[];

  /** @param path of the page to go on with, which takes `?organization=` */
  constructor({ session, memberships }: Pick<Visit, 'session' | 'memberships'>, path: string) {
    super('not_found', 'There is no such organization among yours.');
    this.email = session.person.email;
    this.ways = memberships.map(({ organizationId, organizationName }) => ({
      name: organizationName,
      path: `${path}?${new URLSearchParams({ organization: organizationId })}`,
    }));
  }
}

import type { Config } from '../../core/config.ts';
import { type LoginRole, loginRoles, type RoleUrls } from './roles.ts';

/** The processes' database URLs that the settings name. */
export function givenRoleUrls(config: Config): Partial<RoleUrls> {
  const given: Partial<RoleUrls> = {};
  for (const key of Object.keys(loginRoles) as LoginRole[]) {
    const url = config[loginRoles[key].setting];
    if (url !== undefined) given[key] = url;
  }
  return given;
}

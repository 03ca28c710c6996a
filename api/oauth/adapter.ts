import { type Adapter, type AdapterPayload, errors, Provider } from 'oidc-provider';
import type { Dependencies } from '../../core/dependencies.ts';
import { scopesNow } from '../../core/domain/grant-scopes.ts';
import { API_SCOPES } from '../../core/domain/scopes.ts';
import { revokeGrantOfClient } from '../../core/services/access-revocations.ts';
import {
  consumeOnce,
  dropArtifact,
  findArtifact,
  findRefreshToken,
  keepArtifact,
  rotateRefreshToken,
} from '../../core/services/oauth-artifacts.ts';
import { auditReusedRefreshToken, findGrant } from '../../core/services/oauth-grants.ts';
import { currentRequestId } from './request-id.ts';

type AdapterDependencies = Pick<Dependencies, 'config' | 'database' | 'workflows' | 'log'>;

/** Where the authorization server keeps one kind of thing. */
export function createAdapter(dependencies: AdapterDependencies, model: string): Adapter {
  if (model === 'Grant') return grantAdapter(dependencies);
  if (model === 'Session') return sessionAdapter;
  return artifactAdapter(dependencies, model);
}

const notUsed = async (): Promise<undefined> => undefined;

/** Who is signed in is told by the product's own session; the authorization server keeps none beside it. */
const sessionAdapter: Adapter = {
  upsert: notUsed,
  find: notUsed,
  findByUserCode: notUsed,
  findByUid: notUsed,
  consume: notUsed,
  destroy: notUsed,
  revokeByGrantId: notUsed,
};

function artifactAdapter(dependencies: AdapterDependencies, model: string): Adapter {
  const { database } = dependencies;
  const key = (id: string) => ({ model, id });

  /** A code that two requests exchange at once was stolen from one of them: neither keeps what it got (RFC 6749 §4.1.2). */
  async function consumeCode(id: string): Promise<void> {
    if (await consumeOnce(database, key(id))) return;
    const code = await findArtifact(database, key(id));
    if (typeof code?.grantId === 'string') await grantAdapter(dependencies).destroy(code.grantId);
    throw new errors.InvalidGrant('authorization code already consumed');
  }

  async function consumeRefreshToken(id: string): Promise<void> {
    if (!(await rotateRefreshToken(database, id))) throw new errors.InvalidGrant('refresh token already used');
  }

  /** Other endpoints look a token up too; only who would be given new ones by it is on the record. */
  async function findPresented(id: string): Promise<AdapterPayload | undefined> {
    const { payload, reusedOf } = await findRefreshToken(database, id);
    if (reusedOf !== null && Provider.ctx?.oidc.route === 'token') {
      await auditReusedRefreshToken({ database }, reusedOf, currentRequestId());
    }
    return payload;
  }

  return {
    upsert: (id, payload, expiresIn) => keepArtifact(database, key(id), { ...payload }, expiresIn),
    find: model === 'RefreshToken' ? findPresented : (id) => findArtifact(database, key(id)),
    findByUserCode: notUsed,
    findByUid: notUsed,
    consume: model === 'RefreshToken' ? consumeRefreshToken : consumeCode,
    destroy: (id) => dropArtifact(database, key(id)),
    // What was issued under a grant is refused from its end on, and dropped by its revocation's workflow.
    revokeByGrantId: notUsed,
  };
}

/** Grants are made by the consent page; the authorization server reads and ends them. */
function grantAdapter(dependencies: AdapterDependencies): Adapter {
  const { database, config } = dependencies;
  return {
    upsert: async () => {
      throw new Error('A grant is made at consent only.');
    },
    find: async (id) => {
      const grant = await findGrant({ database }, id);
      if (grant === null) return undefined;
      const scopes = scopesNow(grant);
      const withheld = API_SCOPES.filter((scope) => !scopes.includes(scope));
      const payload: AdapterPayload = {
        kind: 'Grant',
        jti: id,
        iat: Math.floor(grant.createdAt.getTime() / 1000),
        accountId: grant.person.id,
        clientId: grant.clientId,
        openid: { scope: 'offline_access' },
        resources: { [config.mcpUrl]: scopes.join(' ') },
        // A scope neither granted nor rejected would be asked for again and again.
        rejected: { resources: { [config.mcpUrl]: withheld.join(' ') } },
      };
      return payload;
    },
    findByUserCode: notUsed,
    findByUid: notUsed,
    consume: notUsed,
    destroy: (id) => revokeGrantOfClient(dependencies, id, currentRequestId()),
    revokeByGrantId: notUsed,
  };
}

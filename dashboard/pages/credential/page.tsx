import type { Output } from '../../client/registry.ts';
import { mayWrite } from '../../client/role.ts';
import { useOperation } from '../../client/use-operation.ts';
import { BackLink } from '../../parts/back-link.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { Panel } from '../../parts/panel.tsx';
import { StatusBadge } from '../../parts/status-badge.tsx';
import { paths } from '../../paths.ts';
import { credentialsStrings } from '../../strings/credentials.ts';
import { CredentialActions } from './actions.tsx';
import { CredentialFacts } from './credential-facts.tsx';
import { EditProbe } from './edit-probe.tsx';
import { credentialRoute } from './route.ts';
import { UnderWay } from './under-way.tsx';
import { Versions } from './versions.tsx';

export type Credential = Output<'get_credential'>['credential'];

const { detail: strings } = credentialsStrings;

function Detail({ credential }: { credential: Credential }) {
  const { name, status, fingerprint } = credential;
  return (
    <>
      <PageHead
        title={name}
        badge={
          status === 'active' ? null : (
            <StatusBadge tone="warning">
              {status === 'deleted' ? strings.deleted : credentialsStrings.awaiting}
            </StatusBadge>
          )
        }
        text={fingerprint === null ? undefined : <code>{fingerprint}</code>}
        actions={<CredentialActions credential={credential} />}
      />
      <UnderWay credential={credential} />
      <Panel
        title={strings.facts}
        {...(mayWrite && status !== 'deleted' && { action: <EditProbe credential={credential} /> })}
      >
        <CredentialFacts credential={credential} />
      </Panel>
      <Versions credential={credential} />
    </>
  );
}

/** `/credentials/{credential}`: its versions, where it is used, and its rotation. */
export function CredentialPage() {
  const { credential } = credentialRoute.useParams();
  const query = useOperation('get_credential', { credential });
  return (
    <>
      <BackLink to={paths.credentials}>{credentialsStrings.title}</BackLink>
      <Loaded query={query}>{(answer) => <Detail key={answer.credential.id} credential={answer.credential} />}</Loaded>
    </>
  );
}

import { Link } from '@tanstack/react-router';
import { Facts } from '../../parts/facts.tsx';
import { Moment } from '../../parts/moment.tsx';
import { paths } from '../../paths.ts';
import { credentialsStrings } from '../../strings/credentials.ts';
import type { Credential } from './page.tsx';

const { detail: strings } = credentialsStrings;

function UsedBy({ agents }: Pick<Credential, 'agents'>) {
  if (agents.length === 0) return <span className="muted">{credentialsStrings.unused}</span>;
  return agents.map((agent, index) => (
    <span key={agent}>
      {index > 0 && ', '}
      <Link to={paths.agent} params={{ agent }}>
        {agent}
      </Link>
    </span>
  ));
}

function Hosts({ hosts }: { hosts: readonly string[] }) {
  if (hosts.length === 0) return <span className="muted">{strings.nowhere}</span>;
  return hosts.map((host) => (
    <span key={host}>
      <code>{host}</code>{' '}
    </span>
  ));
}

/** Where it may go, who uses it, and until when it is good. */
export function CredentialFacts({ credential }: { credential: Credential }) {
  const { allowed_hosts, agents, owner, provider, expires_at, rotation_due_at, labels, created_at } = credential;
  const { probe, rotator } = credential;
  return (
    <Facts
      rows={[
        [strings.allowedHosts, <Hosts key="hosts" hosts={allowed_hosts} />],
        [strings.usedBy, <UsedBy key="agents" agents={agents} />],
        [strings.expires, <Moment key="expires" time={expires_at} otherwise={credentialsStrings.unknown} />],
        [strings.rotator, rotator === null ? strings.byHand : String(rotator.kind)],
        rotation_due_at === null ? null : [strings.due, <Moment key="due" time={rotation_due_at} />],
        probe === null ? null : [strings.probe, <code key="probe">{`${probe.method ?? 'GET'} ${probe.path}`}</code>],
        provider === null ? null : [strings.provider, provider],
        owner === null ? null : [strings.owner, owner],
        labels.length === 0 ? null : [strings.labels, labels.join(', ')],
        [strings.created, <Moment key="created" time={created_at} />],
      ]}
    />
  );
}

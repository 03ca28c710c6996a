import { mayWrite } from '../../client/role.ts';
import { ConfirmAction } from '../../parts/confirm-action.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Panel } from '../../parts/panel.tsx';
import { toast } from '../../parts/toast.tsx';
import { agentStrings } from '../../strings/agent.ts';
import classes from './credentials.module.css';
import { LinkCredential } from './link-credential.tsx';
import type { Agent } from './page.tsx';

const { credentials: strings } = agentStrings;

function where({ kind, name }: Agent['credentials'][number]['injection']): string {
  return name === undefined ? strings.injection[kind] : `${strings.injection[kind]} ${name}`;
}

/** What the relay puts into the agent's calls. */
export function LinkedCredentials({ agent }: { agent: Agent }) {
  return (
    <Panel title={strings.title} text={strings.text} {...(mayWrite && { action: <LinkCredential agent={agent} /> })}>
      {agent.credentials.length === 0 ? (
        <EmptyState {...strings.empty} />
      ) : (
        <ul className={classes.list}>
          {agent.credentials.map(({ name, injection }) => (
            <li key={name}>
              <span>
                <strong>{name}</strong>
                <br />
                <small className="muted">{where(injection)}</small>
              </span>
              {mayWrite && (
                <ConfirmAction
                  operation="unlink_credential"
                  input={{ agent: agent.id, credential: name }}
                  label={strings.unlink}
                  title={strings.unlinkTitle(name)}
                  button={{ size: 'compact-sm' }}
                  onDone={() => toast(strings.unlinked)}
                />
              )}
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

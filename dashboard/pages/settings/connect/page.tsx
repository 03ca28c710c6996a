import { Alert, SegmentedControl } from '@mantine/core';
import { useState } from 'react';
import { boot } from '../../../client/boot.ts';
import { CopyField } from '../../../parts/copy-field.tsx';
import { PageHead } from '../../../parts/page-head.tsx';
import { Panel } from '../../../parts/panel.tsx';
import { connectStrings as strings } from '../../../strings/connect.ts';
import { SettingsFrame } from '../frame.tsx';
import classes from './connect.module.css';
import { LiveCheck } from './live-check.tsx';
import { ClaudeSteps, CodeSteps, OtherSteps } from './steps.tsx';

/** Whether only this machine reaches the address. */
const isLocal = /^(localhost|127\.|\[::1\])/.test(new URL(boot.mcp_url).host);

const CLIENTS = {
  claude: { name: strings.claude.name, Content: ClaudeSteps },
  code: { name: strings.code.name, Content: CodeSteps },
  other: { name: strings.other.name, Content: OtherSteps },
} as const;

type Client = keyof typeof CLIENTS;

/** `/settings/connect`: how each client is connected, and whether it is. */
export function ConnectPage() {
  const [client, setClient] = useState<Client>(isLocal ? 'code' : 'claude');
  const { Content } = CLIENTS[client];
  return (
    <SettingsFrame>
      <PageHead title={strings.title} text={strings.text} />
      <div className={classes.columns}>
        <div>
          <Panel>
            <SegmentedControl
              className={classes.clients}
              fullWidth
              aria-label={strings.clients}
              data={Object.entries(CLIENTS).map(([value, { name }]) => ({ value, label: name }))}
              value={client}
              onChange={(chosen) => setClient(chosen as Client)}
            />
            {isLocal && client !== 'code' && (
              <Alert color="yellow" mt="md">
                {strings.notPublic}
              </Alert>
            )}
            <Content />
          </Panel>
          <Panel title={strings.help.title}>
            <ul className={classes.list}>
              {strings.help.items.map(([problem, remedy]) => (
                <li key={problem}>
                  <strong>{problem}</strong>
                  <span className="muted">{remedy}</span>
                </li>
              ))}
            </ul>
          </Panel>
        </div>
        <div>
          <LiveCheck />
          <Panel title={strings.prompts.title}>
            <ul className={classes.list}>
              {strings.prompts.items.map((prompt) => (
                <li key={prompt}>
                  <CopyField label={strings.prompts.title} text={prompt} />
                </li>
              ))}
            </ul>
          </Panel>
        </div>
      </div>
    </SettingsFrame>
  );
}

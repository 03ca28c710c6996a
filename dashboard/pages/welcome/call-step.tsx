import { Button, Group, Stack } from '@mantine/core';
import { asMilliseconds } from '../../charts/formats.ts';
import { boot } from '../../client/boot.ts';
import type { Item, Output } from '../../client/registry.ts';
import { useOperation } from '../../client/use-operation.ts';
import { CopyField } from '../../parts/copy-field.tsx';
import { Panel } from '../../parts/panel.tsx';
import { welcomeStrings } from '../../strings/welcome.ts';
import classes from './welcome.module.css';

const { call: strings, agent: agentStrings } = welcomeStrings;
const WANTS_CREDENTIAL = new Set([401, 403]);

function Arrived({ call: { status, latency_ms, error_code } }: { call: Item<'list_request_logs'> }) {
  return (
    <span>
      <strong>{strings.arrived(status, asMilliseconds(latency_ms))}</strong>{' '}
      {error_code !== null && strings.byRelay(error_code)}
      {error_code === null && WANTS_CREDENTIAL.has(status) && strings.unauthorized}
    </span>
  );
}

/** The first call, with the key in it; the page tells when it arrived. */
export function CallStep({ made: { agent, agent_key }, onNext }: { made: Output<'create_agent'>; onNext: () => void }) {
  const calls = useOperation('list_request_logs', { agent: agent.id, limit: 1 });
  const [call] = calls.data?.items ?? [];
  const { value } = agent_key;
  const example = agentStrings.examples.find(({ upstream }) => agent.upstream_url.startsWith(upstream));
  const command = `curl ${boot.relay_url}/${agent.name}${example?.path ?? '/'} -H "Authorization: Bearer ${value}"`;
  return (
    <Panel title={strings.title} text={value ? strings.text : strings.alreadyShown}>
      {value && (
        <Stack gap="sm">
          <CopyField label={strings.key} text={value} />
          <CopyField label={strings.command} text={command} />
        </Stack>
      )}
      <div className={classes.waiting} role="status">
        <span className={classes.dot} data-done={call !== undefined} aria-hidden />
        {call === undefined ? <span>{strings.waiting}</span> : <Arrived call={call} />}
      </div>
      <Group justify="flex-end" mt="md">
        <Button variant={call === undefined ? 'default' : 'filled'} onClick={onNext}>
          {call === undefined ? strings.skip : strings.next}
        </Button>
      </Group>
    </Panel>
  );
}

import { Button, Group } from '@mantine/core';
import { useState } from 'react';
import type { ApiScope } from '../../../../core/domain/scopes.ts';
import { levelsOf, scopesOfLevels } from '../../../client/access.ts';
import type { Output } from '../../../client/registry.ts';
import { useAction } from '../../../client/use-action.ts';
import { AreaLevels } from '../../../parts/area-levels.tsx';
import { Failure } from '../../../parts/failure.tsx';
import { Panel } from '../../../parts/panel.tsx';
import { toast } from '../../../parts/toast.tsx';
import { connectedAppsStrings } from '../../../strings/connected-apps.ts';

const { app: strings } = connectedAppsStrings;

/** What an app may do, and less of it. */
export function AccessPanel({ app }: { app: Output<'get_connected_app'>['app'] }) {
  const held = levelsOf(app.scopes);
  const [levels, setLevels] = useState(held);
  const narrowing = useAction('update_connected_app');
  const scopes = scopesOfLevels(levels);
  const reading = scopesOfLevels(held).filter((scope) => scope.endsWith(':read'));
  const narrow = (kept: string[]) =>
    narrowing.mutate(
      { app: app.id, scopes: kept as ApiScope[] },
      {
        onSuccess: (answer) => {
          setLevels(levelsOf(answer.app.scopes));
          toast(strings.narrowed);
        },
      },
    );
  const isSame = JSON.stringify(scopes) === JSON.stringify(scopesOfLevels(held));
  return (
    <Panel title={strings.access} text={strings.accessText}>
      <AreaLevels label={strings.access} most={held} value={levels} onChange={setLevels} />
      {scopes.length === 0 && (
        <p className="muted" role="status">
          {strings.leaveOne}
        </p>
      )}
      {narrowing.error !== null && <Failure error={narrowing.error} />}
      <Group mt="md">
        <Button disabled={isSame || scopes.length === 0} loading={narrowing.isPending} onClick={() => narrow(scopes)}>
          {strings.narrow}
        </Button>
        {reading.length < scopesOfLevels(held).length && (
          <Button variant="default" disabled={narrowing.isPending} onClick={() => narrow(reading)}>
            {strings.readOnly}
          </Button>
        )}
      </Group>
    </Panel>
  );
}

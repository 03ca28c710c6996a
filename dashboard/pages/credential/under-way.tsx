import { Link } from '@tanstack/react-router';
import { useOperation } from '../../client/use-operation.ts';
import { Panel } from '../../parts/panel.tsx';
import { paths } from '../../paths.ts';
import { credentialsStrings } from '../../strings/credentials.ts';
import { words } from '../../strings/operations.ts';
import { Stepper } from '../operation/stepper.tsx';
import type { Credential } from './page.tsx';

const { detail: strings } = credentialsStrings;

/** The rotation that is under way, live. */
export function UnderWay({ credential: { rotation } }: { credential: Credential }) {
  const operationId = rotation?.operation_id ?? '';
  const operation = useOperation('get_operation', { operation: operationId }, { enabled: rotation !== null });
  if (rotation === null) return null;
  return (
    <Panel
      title={strings.rotationTitle}
      text={strings.rotationText(words(rotation.phase))}
      action={
        <Link to={paths.operation} params={{ operation: operationId }}>
          {strings.follow}
        </Link>
      }
    >
      {operation.data !== undefined && <Stepper steps={operation.data.operation.steps} />}
    </Panel>
  );
}

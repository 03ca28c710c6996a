import type { OperationDefinition } from './define-operation.ts';
import { listConnectedApps } from './list-connected-apps.ts';
import { revokeConnectedApp } from './revoke-connected-app.ts';

export const connectedAppOperations: OperationDefinition[] = [listConnectedApps, revokeConnectedApp];

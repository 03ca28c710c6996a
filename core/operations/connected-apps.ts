import { getConnectedApp } from './get-connected-app.ts';
import { listConnectedApps } from './list-connected-apps.ts';
import { revokeConnectedApp } from './revoke-connected-app.ts';
import { updateConnectedApp } from './update-connected-app.ts';

export const connectedAppOperations = [
  listConnectedApps,
  getConnectedApp,
  updateConnectedApp,
  revokeConnectedApp,
] as const;

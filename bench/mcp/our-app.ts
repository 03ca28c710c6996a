import { fileURLToPath } from 'node:url';
import {
  askForTokens,
  authorizationRequest,
  consent,
  REDIRECT_URI,
  registerClient,
  signIn,
} from '../../tests/servers/connected-app.ts';
import { freePort } from '../../tests/servers/free-port.ts';
import { MEASURED_CORE } from '../cores.ts';
import { ServerProcess } from '../server-process.ts';
import { listAgentsCall, type McpServer } from './mcp-server.ts';
import type { McpSetting } from './mcp-setting.ts';

const PROGRAM = fileURLToPath(new URL('../../api/main.ts', import.meta.url));

/**
 * The product's app as in production, and its clients: each with a consent of its own.
 * @param nodeOptions for the app's process
 */
export async function startOurApp(
  setting: McpSetting,
  clients: number,
  nodeOptions: readonly string[] = [],
): Promise<McpServer> {
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const process_ = await ServerProcess.start({
    core: MEASURED_CORE,
    port,
    command: [process.execPath, ...nodeOptions, PROGRAM],
    environment: {
      PATH: process.env.PATH,
      AGENTGATEWAY_DATA_DIR: setting.folder,
      AGENTGATEWAY_PUBLIC_URL: url,
      DATABASE_URL_APP: setting.urls.app,
      // Nobody listens there: what is measured starts no workflow.
      TEMPORAL_ADDRESS: '127.0.0.1:1',
      PORT: String(port),
      LOG_LEVEL: 'warn',
    },
  });
  const tokens = await connectClients(url, setting, clients);
  return {
    name: 'AgentGateway',
    process: process_,
    calls: tokens.map((accessToken) => listAgentsCall(`http://127.0.0.1:${port}/api/mcp`, accessToken)),
  };
}

async function connectClients(url: string, { database, manager }: McpSetting, clients: number): Promise<string[]> {
  const clientId = await registerClient(url);
  const browser = await signIn({ url, dependencies: { database } }, manager);
  const accessTokens: string[] = [];
  for (let client = 0; client < clients; client += 1) {
    const request = authorizationRequest(url, clientId);
    const callback = await consent(browser, request.url);
    const { body } = await askForTokens(url, {
      grant_type: 'authorization_code',
      client_id: clientId,
      redirect_uri: REDIRECT_URI,
      code: callback.searchParams.get('code') ?? '',
      code_verifier: request.verifier,
    });
    accessTokens.push(body.access_token);
  }
  return accessTokens;
}

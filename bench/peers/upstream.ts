import { writeFile } from 'node:fs/promises';
import { freePort } from '../../tests/servers/free-port.ts';
import { LOAD_CORE } from '../cores.ts';
import { ServerProcess } from '../server-process.ts';
import { nginxMain, nginxTemporaries } from './nginx-files.ts';

export const UPSTREAM_BODY_BYTES = 1_024;

/** Answers everything with 1 KB of JSON from memory: nginx, so that it is not what is measured. */
export async function startUpstream(folder: string): Promise<ServerProcess> {
  const port = await freePort();
  const file = `${folder}/upstream.conf`;
  const body = JSON.stringify({ text: 'x'.repeat(UPSTREAM_BODY_BYTES - '{"text":""}'.length) });
  const configuration = `${nginxMain(folder)}
http {
  ${nginxTemporaries(folder)}
  access_log off;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    keepalive_requests 1000000000;
    default_type application/json;
    location / { return 200 '${body}'; }
  }
}`;
  await writeFile(file, configuration);
  return ServerProcess.start({ core: LOAD_CORE, port, command: ['nginx', '-c', file] });
}

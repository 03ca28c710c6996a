import { writeFile } from 'node:fs/promises';
import { freePort } from '../../tests/servers/free-port.ts';
import { MEASURED_CORE } from '../cores.ts';
import { ServerProcess } from '../server-process.ts';
import { nginxMain, nginxTemporaries } from './nginx-files.ts';
import { CALLER_HEADERS, type Peer, UPSTREAM_SECRET } from './peer.ts';

/** nginx as a proxy with a rate limit by key, a header set, and a buffered access log. */
export const nginx: Peer = {
  name: 'nginx',
  async start(upstreamPort, folder) {
    const port = await freePort();
    const file = `${folder}/nginx.conf`;
    const configuration = `${nginxMain(folder)}
http {
  ${nginxTemporaries(folder)}
  limit_req_zone $http_authorization zone=callers:10m rate=1000000r/s;
  upstream bench { server 127.0.0.1:${upstreamPort}; keepalive 128; keepalive_requests 1000000; }
  access_log ${folder}/access.log combined buffer=64k flush=1s;
  server {
    listen 127.0.0.1:${port};
    keepalive_requests 1000000000;
    location /bench/ {
      limit_req zone=callers burst=100000 nodelay;
      proxy_pass http://bench/;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Authorization "Bearer ${UPSTREAM_SECRET}";
      add_header X-Request-Id $request_id;
    }
  }
}`;
    await writeFile(file, configuration);
    const process = await ServerProcess.start({ core: MEASURED_CORE, port, command: ['nginx', '-c', file] });
    return { process, call: { url: `http://127.0.0.1:${port}/bench/v1/things`, headers: CALLER_HEADERS } };
  },
};

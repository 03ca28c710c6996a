import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { accepting } from '../../tools/supervisor/accepting.ts';
import { freePort } from './free-port.ts';

export interface NginxServer {
  port: number;
  stop(): Promise<void>;
}

/**
 * A real nginx of the test's own, on a free loopback port.
 * @param locations what stands inside its `server` block; `ROOT` in it is the folder that holds `files`
 */
export async function startNginx(locations: string, files: Record<string, string>): Promise<NginxServer> {
  const root = await mkdtemp(join(tmpdir(), 'agentgateway-nginx-'));
  await Promise.all(Object.entries(files).map(([name, content]) => writeFile(join(root, name), content)));
  const port = await freePort();
  const configFile = join(root, 'nginx.conf');
  await writeFile(configFile, configuration(root, port, locations.replaceAll('ROOT', root)));
  const nginx = spawn('nginx', ['-c', configFile, '-p', root, '-e', 'stderr'], { stdio: 'inherit' });
  const exited = once(nginx, 'exit');
  await Promise.race([accepting(port), exited]);
  return {
    port,
    async stop() {
      nginx.kill('SIGTERM');
      await exited;
      await rm(root, { recursive: true });
    },
  };
}

function configuration(root: string, port: number, locations: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `daemon off; master_process off; pid ${root}/nginx.pid; error_log stderr crit;
events { worker_connections 64; }
http {
  access_log off; default_type text/plain; gzip_min_length 0; gzip_types text/plain;
  ${temporary.map((name) => `${name}_temp_path ${root}/${name};`).join(' ')}
  server { listen 127.0.0.1:${port}; root ${root}; client_max_body_size 1m;
${locations}
  }
}
`;
}

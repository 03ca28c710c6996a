import { execFile } from 'node:child_process';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const artifact = 'io.temporal:temporal-test-server:1.31.0';
const [groupId, artifactId, version] = artifact.split(':');

const project = `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>tests</groupId><artifactId>time-skipping</artifactId><version>1</version><dependencies><dependency>
<groupId>${groupId}</groupId><artifactId>${artifactId}</artifactId><version>${version}</version>
</dependency></dependencies></project>`;

const folder = join(
  process.env.XDG_CACHE_HOME || join(homedir(), '.cache'),
  'agentgateway',
  `time-skipping-${version}`,
);

/** Maven resolves the server's class path once a machine. */
async function classPath(): Promise<string> {
  const file = join(folder, 'class-path');
  const known = await readFile(file, 'utf8').catch(() => undefined);
  if (known !== undefined) return known;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'pom.xml'), project);
  const unfinished = `${file}.${process.pid}`;
  const goal = 'dependency:build-classpath';
  await promisify(execFile)('mvn', ['-q', '-B', goal, `-Dmdep.outputFile=${unfinished}`], { cwd: folder });
  await rename(unfinished, file);
  return readFile(file, 'utf8');
}

/**
 * The time-skipping test server of Temporal's Java SDK as a program: `<program> <port>`.
 * @throws when Java or Maven is missing
 */
export async function timeSkippingProgram(): Promise<string> {
  const program = join(folder, 'temporal-test-server');
  const script = `#!/bin/sh\nexec java -XX:TieredStopAtLevel=1 -cp '${await classPath()}' io.temporal.testserver.TestServer "$@"\n`;
  await promisify(execFile)('java', ['-version']);
  const unfinished = `${program}.${process.pid}`;
  await writeFile(unfinished, script, { mode: 0o700 });
  await rename(unfinished, program);
  return program;
}

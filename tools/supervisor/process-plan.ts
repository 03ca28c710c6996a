/** How one child process is started. Its secrets travel in `environment`, never in `args`, which other users can read. */
export interface ProcessPlan {
  /** Short name, shown before each line and used for the log file: `app`, `relay-2`, `postgres`. */
  name: string;
  command: string;
  args: string[];
  /** The whole environment of the child; it inherits nothing. */
  environment: NodeJS.ProcessEnv;
  workingDirectory?: string;
  /** The operating system's account to run as, where it is not ours. */
  account?: { uid: number; gid: number };
  /** What ends it cleanly: SIGTERM for most, SIGINT for Postgres (its "fast shutdown"). */
  stopSignal: 'SIGTERM' | 'SIGINT';
  /** Only errors reach the terminal; the log file has everything. */
  quiet?: boolean;
}

/** A process that runs one of the product's files with this Node. */
export function nodeProcess(
  name: string,
  file: string,
  environment: NodeJS.ProcessEnv,
  nodeOptions: readonly string[] = [],
): ProcessPlan {
  return { name, command: process.execPath, args: [...nodeOptions, file], environment, stopSignal: 'SIGTERM' };
}

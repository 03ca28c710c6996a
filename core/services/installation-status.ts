import type { Dependencies } from '../dependencies.ts';

export const STATUS_PARTS = ['control_plane', 'database', 'relay', 'background_work'] as const;
export type StatusPart = (typeof STATUS_PARTS)[number];

/** `unknown`: the part that would tell is away. */
export type PartState = 'operational' | 'down' | 'unknown';

export type InstallationStatus = Record<StatusPart, PartState>;

type StatusDependencies = Pick<Dependencies, 'database' | 'workflows'>;

/** Relay processes tell that they live each second or so. */
const HEARD_WITHIN_SECONDS = 15;

const stateOf = (works: boolean): PartState => (works ? 'operational' : 'down');

/** Whether a relay process lives; null where the database does not tell. */
async function isRelayHeard({ database }: StatusDependencies): Promise<boolean | null> {
  try {
    const rows = await database.inInstance(
      (transaction) => transaction.$queryRaw<{ heard: boolean }[]>`SELECT EXISTS (
        SELECT FROM relay_process WHERE last_heartbeat_at > now() - make_interval(secs => ${HEARD_WITHIN_SECONDS})
      ) AS heard`,
    );
    return rows[0]?.heard ?? false;
  } catch {
    return null;
  }
}

/** What of this installation works at the moment. Of no organization, and tells no more than that. */
export async function installationStatus(dependencies: StatusDependencies): Promise<InstallationStatus> {
  const [isHeard, isWorkTaken] = await Promise.all([isRelayHeard(dependencies), dependencies.workflows.isWorkTaken()]);
  return {
    control_plane: 'operational',
    database: stateOf(isHeard !== null),
    relay: isHeard === null ? 'unknown' : stateOf(isHeard),
    background_work: stateOf(isWorkTaken),
  };
}

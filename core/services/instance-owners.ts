import type { Dependencies } from '../dependencies.ts';
import type { CallingPerson } from '../domain/caller.ts';

/** Whether the person owns the whole installation: named by `AGENTGATEWAY_OWNERS`, by default the first admin. */
export async function isInstanceOwner(
  { config, database }: Pick<Dependencies, 'config' | 'database'>,
  person: Pick<CallingPerson, 'id' | 'email'>,
): Promise<boolean> {
  if (config.AGENTGATEWAY_OWNERS.length > 0) return config.AGENTGATEWAY_OWNERS.includes(person.email);
  const instance = await database.inInstance((transaction) => transaction.instance.findUnique({ where: { id: 1 } }));
  return instance?.firstAdminId === person.id;
}

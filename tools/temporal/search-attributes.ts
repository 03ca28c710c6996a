import { Connection } from '@temporalio/client';
import type { Config } from '../../core/config.ts';
import { temporalAddress } from '../../core/temporal/connection.ts';
import type { TlsSettings } from '../../core/temporal/tls-settings.ts';

/** `INDEXED_VALUE_TYPE_KEYWORD` of temporal.api.enums.v1. */
const keyword = 2;
/** gRPC status codes that say "not with these rights, or not through this interface" (Temporal Cloud). */
const notPermitted = new Set([7, 12, 16]);

export const searchAttributes = ['OrganizationId', 'OperationId'] as const;

type TemporalSettings = TlsSettings & Pick<Config, 'TEMPORAL_NAMESPACE' | 'TEMPORAL_API_KEY'>;

/**
 * Registers the search attributes that a cluster's namespace lacks; a second run changes nothing.
 * @returns the names that were added
 * @throws Error that says how to add them by hand, where this client may not
 */
export async function registerSearchAttributes(address: string, settings: TemporalSettings): Promise<string[]> {
  const { TEMPORAL_NAMESPACE: namespace } = settings;
  const server = temporalAddress({ ...settings, TEMPORAL_ADDRESS: address });
  const connection = await Connection.connect(server).catch((error: Error) => {
    throw new Error(`Temporal at ${address} (TEMPORAL_ADDRESS) cannot be reached: ${error.message}`);
  });
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    const missing = searchAttributes.filter((name) => customAttributes?.[name] === undefined);
    if (missing.length === 0) return [];
    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map((name) => [name, keyword])),
    });
    return missing;
  } catch (error) {
    const { code, details } = error as { code?: number; details?: string };
    if (code === undefined || !notPermitted.has(code))
      throw new Error(`Temporal at ${address} refuses: ${details ?? error}`);
    throw new Error(
      `Temporal at ${address} does not let this client register search attributes. Ask its operator to add ` +
        `${searchAttributes.join(' and ')} (type Keyword) to the namespace "${namespace}", then start again.`,
    );
  } finally {
    await connection.close();
  }
}

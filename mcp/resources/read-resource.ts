import { type ReadResourceResult, ResourceNotFoundError } from '@modelcontextprotocol/server';
import type { Collection } from './collections.ts';
import type { RunOperation } from './run-operation.ts';

export async function readResource(
  collections: Collection[],
  uri: string,
  run: RunOperation,
): Promise<ReadResourceResult> {
  for (const { template, variable, get } of collections) {
    const reference = template.match(uri)?.[variable];
    if (typeof reference !== 'string') continue;
    const answer = await run(get, { [variable]: reference });
    return { contents: [{ uri, mimeType: 'application/json', text: JSON.stringify(answer[variable]) }] };
  }
  const templates = collections.map(({ template }) => template.toString()).join(', ');
  throw new ResourceNotFoundError(uri, `There is no such resource. What this connection can read: ${templates}.`);
}

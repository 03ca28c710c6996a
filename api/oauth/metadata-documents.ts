import { createAddressGuard } from '../../core/outbound/address-guard.ts';
import { createDialer, type Dialer } from '../../core/outbound/dialer.ts';
import { createOutboundAgent, guardedFetch } from '../../core/outbound/outbound-agent.ts';
import { rewriteRegistration } from './request-rewriting.ts';

const LONGEST_DOCUMENT = 16 * 1024;

/**
 * Fetches client-ID metadata documents (draft-ietf-oauth-client-id-metadata-document). Invariant 2: through the network
 * guard, and without the exceptions that the operator made for upstreams, since anyone may name a document.
 */
export function createMetadataDocumentFetch(
  dialer: Dialer = createDialer({ guard: createAddressGuard([]) }),
): typeof fetch {
  const throughGuard = guardedFetch(createOutboundAgent(dialer));
  return async (input, init) => {
    const { method, headers, signal, redirect } = init ?? {};
    const response = await throughGuard(String(input), {
      method: method ?? 'GET',
      headers: Object.fromEntries(new Headers(headers)),
      redirect: redirect ?? 'manual',
      ...(signal && { signal }),
    });
    const text = response.status === 200 ? await readAtMost(response.body, LONGEST_DOCUMENT) : '';
    return new Response(text === '' ? null : asPublicClient(text), {
      status: response.status,
      headers: Object.fromEntries(response.headers),
    });
  };
}

async function readAtMost(body: AsyncIterable<Uint8Array> | null, bytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let received = 0;
  for await (const chunk of body ?? []) {
    received += chunk.length;
    if (received > bytes) throw new Error('The client metadata document is too long.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The document as a registration would be read: what this server does not do is left out instead of refused. */
function asPublicClient(text: string): string {
  const document = JSON.parse(text) as Record<string, unknown>;
  const rewritten = rewriteRegistration(document);
  if ('wrong' in rewritten) throw new Error(rewritten.wrong);
  return JSON.stringify({ ...rewritten.metadata, client_id: document.client_id });
}

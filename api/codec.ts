import express, { type NextFunction, type Request, type Response, Router } from 'express';
import { z } from 'zod';
import type { Dependencies } from '../core/dependencies.ts';
import { PublicError } from '../core/errors.ts';
import { isInstanceOwner } from '../core/services/instance-owners.ts';
import { payloadKeys } from '../core/temporal/data-converter.ts';
import { createPayloadCodec } from '../core/temporal/payload-codec.ts';
import { sendProblem, toPublicError } from './problem.ts';
import { requestId } from './request-id.ts';
import { findSession } from './sessions/find-session.ts';

/** Payloads as Temporal's Web UI sends them: protobuf's JSON, bytes in base64. */
const payloadsSchema = z.object({
  payloads: z
    .array(z.object({ metadata: z.record(z.string(), z.string()).default({}), data: z.string().default('') }))
    .max(1_000),
});

function bytes(text: string): Buffer {
  return Buffer.from(text, 'base64');
}

function base64(content: Uint8Array | null | undefined): string {
  return Buffer.from(content ?? []).toString('base64');
}

/** Only the Web UI's own origin may read answers, with the person's session. */
function allowTemporalUi(uiOrigin: string | undefined) {
  return (request: Request, response: Response, next: NextFunction): void => {
    response.vary('Origin').set('Cache-Control', 'no-store');
    if (uiOrigin === undefined || request.get('origin') !== uiOrigin) {
      throw new PublicError('forbidden', 'Payloads are decoded for the Temporal UI only. Open it and try again there.');
    }
    response.set({ 'Access-Control-Allow-Origin': uiOrigin, 'Access-Control-Allow-Credentials': 'true' });
    if (request.method !== 'OPTIONS') {
      next();
      return;
    }
    response
      .set({
        'Access-Control-Allow-Methods': 'POST',
        // The UI's own headers; a bearer of its own sign-in, if it sends one, is not looked at.
        'Access-Control-Allow-Headers': 'authorization, content-type, x-namespace',
        'Access-Control-Max-Age': '600',
      })
      .status(204)
      .end();
  };
}

/**
 * Temporal's remote codec (docs.temporal.io/remote-data-encoding): shows instance owners, and nobody else, the payloads
 * in clear. Secrets are in none of them (invariant 1). There is no /encode: nobody sends payloads through the Web UI.
 */
export function createCodecRouter(dependencies: Dependencies): Router {
  const { config, instanceKeys } = dependencies;
  const codec = createPayloadCodec(payloadKeys(instanceKeys));
  const uiUrl = config.AGENTGATEWAY_TEMPORAL_UI_URL;
  const router = Router();
  router.use(allowTemporalUi(uiUrl === undefined ? undefined : new URL(uiUrl).origin));

  async function requireInstanceOwner(request: Request): Promise<void> {
    const session = await findSession(dependencies, request);
    if (session === null || !(await isInstanceOwner(dependencies, session.person))) {
      throw new PublicError('forbidden', `Sign in at ${config.publicUrl} as an instance owner to see payloads.`);
    }
  }

  router.post('/decode', async (request, response, next) => {
    await requireInstanceOwner(request);
    // The body is read only for those who may.
    express.json({ limit: '8mb' })(request, response, next);
  });
  router.post('/decode', async (request, response) => {
    const parsed = payloadsSchema.safeParse(request.body);
    if (!parsed.success)
      throw new PublicError('invalid_request', 'The body must be {"payloads": [{"metadata", "data"}]}.');
    const decoded = await codec.decode(
      parsed.data.payloads.map(({ metadata, data }) => ({
        metadata: Object.fromEntries(Object.entries(metadata).map(([name, value]) => [name, bytes(value)])),
        data: bytes(data),
      })),
    );
    response.json({
      payloads: decoded.map(({ metadata, data }) => ({
        metadata: Object.fromEntries(Object.entries(metadata ?? {}).map(([name, value]) => [name, base64(value)])),
        data: base64(data),
      })),
    });
  });
  router.use(() => {
    throw new PublicError('forbidden', 'Only POST /codec/decode is served.');
  });
  router.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    sendProblem(response, toPublicError(error), requestId(response));
  });
  return router;
}

import express, { type Request, type Response } from 'express';
import { required } from '../../core/config.ts';
import type { Dependencies } from '../../core/dependencies.ts';
import { PublicError } from '../../core/errors.ts';
import { openChangeFeed } from '../../core/services/change-feed.ts';
import { membershipsOf } from '../../core/services/memberships.ts';
import { findSessionByPresented } from '../../core/services/sessions.ts';
import { sendProblem, toPublicError } from '../problem.ts';
import { requestId } from '../request-id.ts';
import { readCookie } from '../sessions/cookies.ts';
import { type EndReason, type EventStream, eventId, sendEvents } from './event-stream.ts';

/** Roles and sessions are read at each call (invariant 6): a stream is one long call, so it is asked again and again. */
const CHECK_EVERY_MS = 15_000;
/** Of one person, in however many sessions: the tabs of a browser share one stream where the browser can. */
const MOST_PER_PERSON = 20;
const MOST_IN_ALL = 10_000;

export interface EventsRouter {
  router: express.Router;
  /** Where the stream of an organization stands: from there on, a page that is made now is told of every change. */
  position(organizationId: string): string;
  /** Ends all streams, so that the app can stop; their pages come back to the next process. */
  close(): Promise<void>;
}

/** `/api/events`: tells the pages of a signed-in person what changed in one of their organizations. */
export function createEventsRouter(
  dependencies: Dependencies,
  { checkEveryMs = CHECK_EVERY_MS }: { checkEveryMs?: number } = {},
): EventsRouter {
  const { config, log } = dependencies;
  const feed = openChangeFeed(dependencies, required(config.DATABASE_URL_APP, 'DATABASE_URL_APP'));
  const streams = new Map<EventStream, string>();

  /** @throws PublicError that says why there is no stream (any more) */
  async function requireReader(request: Request): Promise<{ personId: string; organizationId: string }> {
    const presented = readCookie(config, request, 'session');
    const session = presented === undefined ? null : await findSessionByPresented(dependencies, presented);
    if (session === null) throw new PublicError('unauthenticated', 'Sign in on the dashboard.');
    const wanted = request.get('x-agentgateway-organization') ?? request.query.organization;
    const memberships = await membershipsOf(dependencies, session.person.id);
    const membership = memberships.find(({ organizationId }) => organizationId === wanted);
    if (membership === undefined) {
      throw new PublicError(
        'forbidden',
        'Name one of your organizations in X-AgentGateway-Organization, or as ?organization=.',
      );
    }
    return { personId: session.person.id, organizationId: membership.organizationId };
  }

  async function endUnlessStillReader(request: Request, stream: EventStream): Promise<void> {
    try {
      await requireReader(request);
    } catch (error) {
      const reasons: Record<string, EndReason> = { unauthenticated: 'signed_out', forbidden: 'not_a_member' };
      const reason = error instanceof PublicError ? reasons[error.code] : undefined;
      // Where it cannot be known, the stream ends too; the page comes back and is asked who it is.
      stream.end(reason);
    }
  }

  const router = express.Router();
  router.get('/api/events', async (request: Request, response: Response) => {
    const { personId, organizationId } = await requireReader(request);
    // Of who left meanwhile no end would be heard: the stream would be kept for good.
    if (response.destroyed) return;
    const ofPerson = [...streams.values()].filter((owner) => owner === personId).length;
    if (ofPerson >= MOST_PER_PERSON || streams.size >= MOST_IN_ALL) {
      throw new PublicError('rate_limited', 'Too many pages are open. Close some, and this one goes on.', {
        retryAfterSeconds: 30,
      });
    }
    const stream = sendEvents(response, feed, {
      organizationId,
      lastEventId: request.get('last-event-id'),
      onEnd: () => {
        clearInterval(checking);
        streams.delete(stream);
      },
    });
    streams.set(stream, personId);
    const checking = setInterval(() => void endUnlessStillReader(request, stream), checkEveryMs);
  });
  router.use('/api/events', (thrown: unknown, _request: Request, response: Response, _next: unknown) => {
    const error = toPublicError(thrown);
    if (error.status >= 500) log.error({ err: error.cause ?? error, request_id: requestId(response) }, error.code);
    sendProblem(response, error, requestId(response));
  });

  return {
    router,
    position: (organizationId) => eventId(feed, feed.remember(organizationId)),
    async close() {
      for (const stream of streams.keys()) stream.end();
      await feed.close();
    },
  };
}

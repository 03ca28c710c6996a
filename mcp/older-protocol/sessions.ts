import {
  isJSONRPCNotification,
  isJSONRPCResponse,
  type JSONRPCMessage,
  type McpServerFactory,
  type Transport,
} from '@modelcontextprotocol/server';
import type { RequestHandler } from 'express';
import type { Dependencies } from '../../core/dependencies.ts';
import { authenticatedBy } from '../auth-info.ts';
import { authenticatedCall } from '../authentication.ts';
import type { OpenExchanges, Sender } from './open-exchanges.ts';
import { newSessionId, readSession, type Session } from './session.ts';

const SESSION_HEADER = 'mcp-session-id';
const SESSION_UNKNOWN = -32001;

/** Gives a session to who initializes, and hands messages of a request under way on to it. */
export function olderSessions(exchanges: OpenExchanges, { log }: Pick<Dependencies, 'log'>): RequestHandler {
  return (request, response, next) => {
    const message: unknown = request.body;
    if (isInitialize(message)) response.set(SESSION_HEADER, newSessionId(message.params?.capabilities));
    const sessionId = request.get(SESSION_HEADER);
    if (sessionId !== undefined && readSession(sessionId) === null) {
      const error = { code: SESSION_UNKNOWN, message: 'There is no such session. Initialize a new one.' };
      return response.status(404).json({ jsonrpc: '2.0', error, id: null });
    }
    if (!belongsToRequestUnderWay(message)) return next();
    const { grantId } = authenticatedCall(request).caller;
    if (!exchanges.deliver(message, { grantId, sessionId })) {
      log.debug({ grant_id: grantId }, 'a message belongs to a request that is over, or under way in another process');
    }
    return response.status(202).end();
  };
}

function isInitialize(message: unknown): message is { params?: { capabilities?: unknown } } {
  return Object(message).method === 'initialize';
}

function belongsToRequestUnderWay(message: unknown): message is JSONRPCMessage {
  if (Object(message).method === undefined) return isJSONRPCResponse(message);
  return Object(message).method === 'notifications/cancelled' && isJSONRPCNotification(message);
}

/** Makes servers for requests of the older protocol know their client, and able to ask it. */
export function withSessions(factory: McpServerFactory, exchanges: OpenExchanges): McpServerFactory {
  return async (context) => {
    const server = await factory(context);
    if (context.era !== 'legacy') return server;
    const sessionId = context.requestInfo?.headers.get(SESSION_HEADER) ?? undefined;
    const known = sessionId === undefined ? null : readSession(sessionId);
    if (known !== null && Object.keys(known.capabilities).length > 0) await introduce(server, known);
    const sender: Sender = { grantId: authenticatedBy(context.authInfo).caller.grantId, sessionId };
    const connect = server.connect.bind(server);
    server.connect = async (transport) => {
      await connect(transport);
      exchanges.watch(transport, sender);
    };
    return server;
  };
}

/** Tells a new server what its client said when the session began. */
async function introduce(
  server: { connect(transport: Transport): Promise<void>; close(): Promise<void> },
  { capabilities }: Session,
): Promise<void> {
  const answered = Promise.withResolvers<void>();
  const transport: Transport = {
    start: async () => {},
    send: async () => answered.resolve(),
    close: async () => transport.onclose?.(),
  };
  await server.connect(transport);
  const params = { protocolVersion: '2025-11-25', capabilities, clientInfo: { name: 'known client', version: '' } };
  transport.onmessage?.({ jsonrpc: '2.0', id: 0, method: 'initialize', params });
  await answered.promise;
  await server.close();
}

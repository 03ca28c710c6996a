import { randomUUID } from 'node:crypto';
import { isJSONRPCRequest, type JSONRPCMessage, type RequestId, type Transport } from '@modelcontextprotocol/server';

/** Who sent a message: only the same grant answers or ends what it began. */
export interface Sender {
  grantId: string;
  sessionId: string | undefined;
}

/** The requests of older clients that are being answered by this process. */
export interface OpenExchanges {
  /** Watches the transport of one request until it closes. */
  watch(transport: Transport, sender: Sender): void;
  /**
   * Hands on a message that belongs to a request under way: a client's answer to what the server asked meanwhile, or
   * that the client takes its request back.
   * @returns false where this process answers no such request
   */
  deliver(message: JSONRPCMessage, sender: Sender): boolean;
}

type Receive = (message: JSONRPCMessage) => void;

/**
 * In the older protocol a client answers a server's question by a request of its own. The server asks under an ID that
 * nobody else has, so that the answer finds the request that waits for it.
 */
export function createOpenExchanges(): OpenExchanges {
  const questions = new Map<string, { grantId: string; ownId: RequestId; receive: Receive }>();
  const requests = new Map<string, Receive>();

  return {
    watch(transport, { grantId, sessionId }) {
      const receive = transport.onmessage?.bind(transport);
      const send = transport.send.bind(transport);
      const close = transport.onclose?.bind(transport);
      if (receive === undefined) throw new Error('A transport is watched once it is connected.');
      const asked = new Map<RequestId, string>();
      const received: string[] = [];

      transport.send = (message, options) => {
        if (isJSONRPCRequest(message)) {
          const id = randomUUID();
          asked.set(message.id, id);
          questions.set(id, { grantId, ownId: message.id, receive });
          return send({ ...message, id }, options);
        }
        return send(underWireId(message, asked), options);
      };
      transport.onmessage = (message, extra) => {
        if (isJSONRPCRequest(message)) {
          const key = requestKey({ grantId, sessionId }, message.id);
          received.push(key);
          requests.set(key, (cancellation) => {
            receive(cancellation);
            // Nothing more is said of a request that was taken back, so its stream ends here.
            void transport.close();
          });
        }
        receive(message, extra);
      };
      transport.onclose = () => {
        for (const id of asked.values()) questions.delete(id);
        for (const key of received) requests.delete(key);
        close?.();
      };
    },

    deliver(message, sender) {
      if ('method' in message) {
        const cancelled = requests.get(requestKey(sender, Object(message.params).requestId));
        cancelled?.(message);
        return cancelled !== undefined;
      }
      const question = questions.get(String(message.id));
      if (question === undefined || question.grantId !== sender.grantId) return false;
      questions.delete(String(message.id));
      question.receive({ ...message, id: question.ownId });
      return true;
    },
  };
}

function requestKey({ grantId, sessionId }: Sender, id: RequestId): string {
  return JSON.stringify([grantId, sessionId, id]);
}

/** The server takes a question back under the ID that the client knows it by. */
function underWireId(message: JSONRPCMessage, asked: ReadonlyMap<RequestId, string>): JSONRPCMessage {
  if (!('method' in message) || message.method !== 'notifications/cancelled') return message;
  const requestId = asked.get(Object(message.params).requestId);
  return requestId === undefined ? message : { ...message, params: { ...message.params, requestId } };
}

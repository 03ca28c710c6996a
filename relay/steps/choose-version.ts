import { REPEATABLE_BODY_BYTES } from '../../core/domain/rotation.ts';
import type { Exchange } from '../exchange.ts';
import { hasRoomFor, holdBody } from '../forwarding/held-body.ts';
import type { RelayContext, Step } from '../pipeline.ts';
import type { RouteRotation } from '../rotation/credential-sets.ts';
import { Trial } from '../rotation/trial.ts';

/**
 * While a credential of the agent is being rotated: which of its versions the call takes. One that can be repeated has its
 * body read before, so that the choice is as young as the sending.
 */
export const chooseVersion: Step = (exchange, relay) => {
  const rotation = exchange.route?.rotation ?? null;
  if (rotation === null) return null;
  const bodyBytes = repeatableBodyBytes(exchange);
  const isRepeatable = bodyBytes !== null && hasRoomFor(bodyBytes);
  if (!isRepeatable || bodyBytes === 0) return choose(exchange, relay, rotation, isRepeatable);
  return holdBody(exchange, relay, bodyBytes).then((refusal) =>
    refusal === null ? choose(exchange, relay, rotation, exchange.heldBody !== null) : refusal,
  );
};

function choose(exchange: Exchange, relay: RelayContext, rotation: RouteRotation, isRepeatable: boolean): null {
  const { route, headers, query } = exchange;
  if (route === null || exchange.settled) return null;
  const plain = { headers: [...headers], query };
  exchange.trial = new Trial(relay.rotations, { agentId: route.agentId, rotation, isRepeatable, plain });
  return null;
}

/** How long the body of a call is that can be sent twice; null: it cannot. */
function repeatableBodyBytes({ request, upgradeHead, expectsContinue, hasBody }: Exchange): number | null {
  if (upgradeHead !== null || expectsContinue) return null;
  if (!hasBody) return 0;
  const announced = Number(request.headers['content-length'] ?? Number.NaN);
  return announced <= REPEATABLE_BODY_BYTES ? announced : null;
}

import type { Response as ExpressResponse } from 'express';

/** Sends a short web-standard response, as the protocol's package makes them, through Express. */
export async function sendWebResponse(response: ExpressResponse, answer: Response): Promise<void> {
  response.status(answer.status);
  for (const [name, value] of answer.headers) response.set(name, value);
  response.send(Buffer.from(await answer.arrayBuffer()));
}

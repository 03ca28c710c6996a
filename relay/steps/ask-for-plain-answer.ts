import type { Step } from '../pipeline.ts';

/** Where tokens have a price the answer must be readable as it passes: the upstream is asked not to compress it. */
export const askForPlainAnswer: Step = (exchange) => {
  if (exchange.route === null || exchange.route.price === null || exchange.route.price.tokens === null) return null;
  const { headers } = exchange;
  for (let i = headers.length - 2; i >= 0; i -= 2) {
    if (headers[i]?.toLowerCase() === 'accept-encoding') headers.splice(i, 2);
  }
  headers.push('Accept-Encoding', 'identity');
  return null;
};

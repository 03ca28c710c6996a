import type { Call } from '../peers/peer.ts';

/** A call with a body. */
export interface Post extends Call {
  body: string;
}

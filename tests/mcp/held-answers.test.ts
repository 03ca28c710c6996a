import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { expect, test } from '@jest/globals';
import { holdUntilSent } from '../../mcp/held-answers.ts';

test('an answer is itself as JSON until its response is over; afterwards nothing holds it', () => {
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  const hold = holdUntilSent(response);
  const answer = { items: [{ name: 'stripe-relay' }] };
  // The protocol's package copies results member by member, and keeps the copy.
  const copies = [{ ...hold(answer) }, { ...hold({ agent: 'other-relay' }) }];
  expect(JSON.parse(JSON.stringify(copies))).toEqual([answer, { agent: 'other-relay' }]);
  response.emit('close');
  expect(JSON.stringify(copies)).toBe('[null,null]');
});

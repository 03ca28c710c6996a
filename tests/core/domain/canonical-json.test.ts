import { expect, test } from '@jest/globals';
import { canonicalJson } from '../../../core/domain/canonical-json.ts';

test('members are sorted by UTF-16 code units, numbers among them (RFC 8785, 3.2.3)', () => {
  const value = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '10': 4, '9': 5, '😀': 6, '\u0080': 7, ö: 8 };
  expect(canonicalJson(value)).toBe('{"\\r":2,"10":4,"9":5,"\u0080":7,"ö":8,"€":1,"😀":6,"\ufb33":3}');
});

test('values are written as ECMAScript writes them (RFC 8785, 3.2.2)', () => {
  const value = JSON.parse('{"numbers":[333333333.33333329,1E30,4.50,2e-3,1e-27,-0],"literals":[null,true,false]}');
  expect(canonicalJson(value)).toBe(
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27,0]}',
  );
});

import { forwarded, post, type RawVector, refused, SECOND } from './raw-vector.ts';

/** How long the body is: where servers disagree on that, one request becomes two. */

const LENGTH = 'Content-Length: 5';
const CHUNKED = 'Transfer-Encoding: chunked';
const CHUNKS = '5\r\nhello\r\n0\r\n\r\n';

const WRONG_CODINGS = [
  'identity',
  'gzip, chunked',
  'chunked, gzip',
  'chunked, chunked',
  'chunked, identity',
  'identity, chunked',
  'deflate',
  'xchunked',
  'chunkedx',
  'chunk ed',
  'chunked;q=1',
  'chunked;',
  'chunked,',
  ',chunked',
  ', chunked',
  '"chunked"',
  '[chunked]',
  'chunked\u000b',
  '\u000bchunked',
  '\tchunked\t',
  'chunked\u00a0',
  'c\u0000hunked',
  'chu\u00adnked',
  '%63hunked',
  '',
];

export const CODINGS: RawVector[] = [
  ...WRONG_CODINGS.flatMap((coding) => [
    refused(`Transfer-Encoding ${JSON.stringify(coding)}`, post([`Transfer-Encoding: ${coding}`], CHUNKS)),
    refused(
      `Transfer-Encoding ${JSON.stringify(coding)} with a length`,
      post([LENGTH, `Transfer-Encoding: ${coding}`], CHUNKS),
    ),
  ]),
  ...['chunked', 'CHUNKED', 'cHuNkEd', ' chunked', 'chunked '].map((coding) =>
    forwarded(`Transfer-Encoding ${JSON.stringify(coding)}`, post([`Transfer-Encoding:${coding}`], CHUNKS), 'hello'),
  ),
  refused('length, then chunks', post([LENGTH, CHUNKED], CHUNKS)),
  refused('chunks, then length', post([CHUNKED, LENGTH], CHUNKS)),
  refused('a length of nothing, and chunks', post(['Content-Length: 0', CHUNKED], CHUNKS)),
  refused('two codings', post([CHUNKED, CHUNKED], CHUNKS)),
  refused('two different codings', post([CHUNKED, 'Transfer-Encoding: identity'], CHUNKS)),
  refused('two different codings, the other way', post(['Transfer-Encoding: x', CHUNKED], CHUNKS)),
  refused('a blank before the colon', post([LENGTH, 'Transfer-Encoding : chunked'], CHUNKS)),
  refused('a tab before the colon', post([LENGTH, 'Transfer-Encoding\t: chunked'], CHUNKS)),
  refused('a blank before the name', post([LENGTH, ' Transfer-Encoding: chunked'], CHUNKS)),
  refused('a vertical tab before the name', post([LENGTH, '\u000bTransfer-Encoding: chunked'], CHUNKS)),
  refused('a zero byte in the name', post([LENGTH, 'Transfer-Encoding\u0000: chunked'], CHUNKS)),
  refused('the coding on a folded line', post([LENGTH, 'Transfer-Encoding:\r\n chunked'], CHUNKS)),
  refused('the coding behind a bare line feed', post([LENGTH, 'X: a\nTransfer-Encoding: chunked'], CHUNKS)),
  refused('the coding behind a bare carriage return', post([LENGTH, 'X: a\rTransfer-Encoding: chunked'], CHUNKS)),
  refused('the coding behind two carriage returns', post([LENGTH, 'X: a\r\r\nTransfer-Encoding: chunked'], CHUNKS)),
  refused('chunks in HTTP/1.0', post([CHUNKED], CHUNKS).replace('HTTP/1.1', 'HTTP/1.0')),
  forwarded('a name that only resembles it', post([LENGTH, 'Transfer_Encoding: chunked'], 'hello'), 'hello'),
];

const WRONG_LENGTHS = [
  '5, 5',
  '5,5',
  '5,6',
  '5 5',
  '+5',
  '-5',
  '-0',
  '0x5',
  '5.0',
  '5e0',
  '5;',
  '"5"',
  'five',
  '',
  '5\u0000',
  '\u00055',
  '5\u000b',
  '\u00b5',
  '18446744073709551616',
  '18446744073709551621',
  '99999999999999999999999',
];

export const LENGTHS: RawVector[] = [
  ...WRONG_LENGTHS.map((length) =>
    refused(`Content-Length ${JSON.stringify(length)}`, post([`Content-Length: ${length}`], 'hello')),
  ),
  ...['5', ' 5', '5 ', '\t5\t', '05', '0000005'].map((length) =>
    forwarded(`Content-Length ${JSON.stringify(length)}`, post([`Content-Length:${length}`], 'hello'), 'hello'),
  ),
  refused('the same length twice', post([LENGTH, LENGTH], 'hello')),
  refused('two lengths', post([LENGTH, 'Content-Length: 6'], 'hello!')),
  refused('two lengths, cased differently', post([LENGTH, 'content-length: 0'], 'hello')),
  refused('a blank before the colon', post(['Content-Length : 5'], 'hello')),
  refused('a tab before the colon', post(['Content-Length\t: 5'], 'hello')),
  refused('a blank in the name', post(['Content Length: 5'], 'hello')),
  refused('a folded length', post(['Content-Length:\r\n 5'], 'hello')),
  refused('a length behind a bare line feed', post(['X: a\nContent-Length: 5'], 'hello')),
  refused('a length behind a bare carriage return', post(['X: a\rContent-Length: 5'], 'hello')),
  forwarded('a body that is a request', post([`Content-Length: ${SECOND.length}`], SECOND), SECOND),
  forwarded('a length that Connection names', post([LENGTH, 'Connection: content-length'], 'hello'), 'hello'),
  {
    title: 'a body that ends early',
    bytes: post(['Content-Length: 9'], 'hello'),
    expected: { refused: 0 },
    ends: true,
  },
];

const WRONG_CHUNKS: [string, string][] = [
  ['no size', `\r\nhello\r\n0\r\n\r\n`],
  ['a size that is no number', `g\r\nhello\r\n0\r\n\r\n`],
  ['a negative size', `-5\r\nhello\r\n0\r\n\r\n`],
  ['a size with a plus', `+5\r\nhello\r\n0\r\n\r\n`],
  ['a size with 0x', `0x5\r\nhello\r\n0\r\n\r\n`],
  ['a size with an underscore', `0_5\r\nhello\r\n0\r\n\r\n`],
  ['a blank before the size', ` 5\r\nhello\r\n0\r\n\r\n`],
  ['a size with a dot', `5.0\r\nhello\r\n0\r\n\r\n`],
  ['a size beyond 64 bits', `10000000000000005\r\nhello\r\n0\r\n\r\n`],
  ['a size far beyond', `fffffffffffffffffffff\r\nhello\r\n0\r\n\r\n`],
  ['a line feed behind the size', `5\nhello\r\n0\r\n\r\n`],
  ['a carriage return behind the size', `5\rhello\r\n0\r\n\r\n`],
  ['two carriage returns behind the size', `5\r\r\nhello\r\n0\r\n\r\n`],
  ['a zero byte behind the size', `5\u0000\r\nhello\r\n0\r\n\r\n`],
  ['a line feed in an extension', `5;a\nhello\r\n0\r\n\r\n`],
  ['a quoted line break in an extension', `5;a="\r\n"\r\nhello\r\n0\r\n\r\n`],
  ['a control byte in an extension', `5;a=\u0001\r\nhello\r\n0\r\n\r\n`],
  ['an extension without semicolon', `5 a=b\r\nhello\r\n0\r\n\r\n`],
  ['more data than the size says', `4\r\nhello\r\n0\r\n\r\n`],
  ['less data than the size says', `6\r\nhello\r\n0\r\n\r\n`],
  ['no line end behind the data', `5\r\nhello0\r\n\r\n`],
  ['a line feed behind the data', `5\r\nhello\n0\r\n\r\n`],
  ['a carriage return behind the data', `5\r\nhello\r0\r\n\r\n`],
  ['a last chunk that ends in line feeds', `5\r\nhello\r\n0\n\n`],
  ['a bare line feed in the trailer', `5\r\nhello\r\n0\r\nX: a\nY: b\r\n\r\n`],
  ['a folded trailer', `5\r\nhello\r\n0\r\nX: a\r\n b\r\n\r\n`],
  ['a blank before a trailer’s colon', `5\r\nhello\r\n0\r\nX : a\r\n\r\n`],
  ['a zero byte in a trailer', `5\r\nhello\r\n0\r\nX: \u0000\r\n\r\n`],
  ['a length in the trailer', `5\r\nhello\r\n0\r\nContent-Length: 99\r\n\r\n`],
  ['a coding in the trailer', `5\r\nhello\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n`],
  ['a trailer without a colon', `5\r\nhello\r\n0\r\nX\r\n\r\n`],
];

export const CHUNK_VECTORS: RawVector[] = [
  ...WRONG_CHUNKS.map(([title, chunks]) => ({
    title,
    bytes: post([CHUNKED], chunks) + SECOND,
    // The head was sound: the call may be under way when its body turns out not to be.
    expected: { refused: 0 },
  })),
  forwarded('several chunks', post([CHUNKED], '2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n'), 'hello'),
  forwarded('sizes in capitals', post([CHUNKED], 'A\r\n0123456789\r\n0\r\n\r\n'), '0123456789'),
  forwarded('leading zeros', post([CHUNKED], '00005\r\nhello\r\n000\r\n\r\n'), 'hello'),
  forwarded('extensions', post([CHUNKED], '5;a=b;c="d"\r\nhello\r\n0;e\r\n\r\n'), 'hello'),
  forwarded('trailers', post([CHUNKED], '5\r\nhello\r\n0\r\nX-Sum: 1\r\nHost: evil.test\r\n\r\n'), 'hello'),
  forwarded('no data', post([CHUNKED], '0\r\n\r\n'), ''),
  forwarded('a request as data', post([CHUNKED], `${SECOND.length.toString(16)}\r\n${SECOND}\r\n0\r\n\r\n`), SECOND),
  {
    title: 'an end before the last chunk',
    bytes: post([CHUNKED], '5\r\nhello\r\n'),
    expected: { refused: 0 },
    ends: true,
  },
];

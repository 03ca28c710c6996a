import { AGENT_KEY } from './relay-harness.ts';

/**
 * Requests as bytes (latin1), each with what must become of it: the relay's refusal, or one request at the upstream
 * with this body. Every refused one ends in a second request, which must never be taken for one.
 */
export interface RawVector {
  title: string;
  bytes: string;
  expected: { refused: number } | { forwarded: string };
  /** The caller closes its side behind the bytes. */
  ends?: true;
}

const KEY = `X-AgentGateway-Key: ${AGENT_KEY}`;
const SECOND = `GET /echo/second HTTP/1.1\r\nHost: relay.test\r\n${KEY}\r\n\r\n`;
const byte = (code: number) => `0x${code.toString(16).padStart(2, '0')}`;
const char = (code: number) => String.fromCharCode(code);

/** A whole request from the lines between the request line and the blank one. */
function post(fields: string[], rest: string): string {
  return ['POST /echo/x HTTP/1.1', 'Host: relay.test', KEY, 'Connection: close', ...fields, '', rest].join('\r\n');
}

function get(fields: string[], requestLine = 'GET /echo/x HTTP/1.1'): string {
  return [requestLine, 'Host: relay.test', KEY, 'Connection: close', ...fields, '', ''].join('\r\n');
}

const refusedAs = (status: number, title: string, bytes: string): RawVector => ({
  title,
  bytes: bytes + SECOND,
  expected: { refused: status },
});
const refused = (title: string, bytes: string) => refusedAs(400, title, bytes);
const forwarded = (title: string, bytes: string, body = ''): RawVector => ({ title, bytes, expected: { forwarded: body } });

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

const CODINGS: RawVector[] = [
  ...WRONG_CODINGS.flatMap((coding) => [
    refused(`Transfer-Encoding ${JSON.stringify(coding)}`, post([`Transfer-Encoding: ${coding}`], CHUNKS)),
    refused(`Transfer-Encoding ${JSON.stringify(coding)} with a length`, post([LENGTH, `Transfer-Encoding: ${coding}`], CHUNKS)),
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

const LENGTHS: RawVector[] = [
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
  { title: 'a body that ends early', bytes: post(['Content-Length: 9'], 'hello'), expected: { refused: 0 }, ends: true },
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

const CHUNK_VECTORS: RawVector[] = [
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
  { title: 'an end before the last chunk', bytes: post([CHUNKED], '5\r\nhello\r\n'), expected: { refused: 0 }, ends: true },
];

const WRONG_REQUEST_LINES = [
  'get /echo/x HTTP/1.1',
  'GeT /echo/x HTTP/1.1',
  ' GET /echo/x HTTP/1.1',
  '\tGET /echo/x HTTP/1.1',
  'GET\t/echo/x HTTP/1.1',
  'GET /echo/x\tHTTP/1.1',
  'GET /echo/x HTTP/1.1 ',
  'GET /echo/x HTTP/1.1 x',
  'GET /echo/x',
  'GET /echo/x ',
  'GET /echo/x HTTP/0.9',
  'GET /echo/x HTTP/1.2',
  'GET /echo/x HTTP/2',
  'GET /echo/x HTTP/2.0',
  'GET /echo/x HTTP/3.0',
  'GET /echo/x HTTP/11',
  'GET /echo/x HTTP/1.10',
  'GET /echo/x HTTP/01.1',
  'GET /echo/x HTTP/1,1',
  'GET /echo/x http/1.1',
  'GET /echo/x HTTPS/1.1',
  'GET /echo/x ICY/1.1',
  'GET HTTP/1.1',
  'GET  HTTP/1.1',
  '/echo/x HTTP/1.1',
  'FOO /echo/x HTTP/1.1',
  'GET\u0000 /echo/x HTTP/1.1',
  'TRACE /echo/x HTTP/1.1',
  'GET * HTTP/1.1',
  'OPTIONS * HTTP/1.1',
  'GET echo/x HTTP/1.1',
  'GET evil.test:80 HTTP/1.1',
  'GET http://relay.test/echo/x HTTP/1.1',
  'GET https://evil.test/echo/x HTTP/1.1',
  'GET http:/echo/x HTTP/1.1',
  'GET ftp://evil.test/echo/x HTTP/1.1',
  'GET javascript:/echo/x HTTP/1.1',
  'GET ?/echo/x HTTP/1.1',
  'GET #/echo/x HTTP/1.1',
  'GET \\echo\\x HTTP/1.1',
  'CONNECT evil.test:443 HTTP/1.1',
  'CONNECT /echo/x HTTP/1.1',
  'PRI * HTTP/2.0',
  'GET /echo/x HTTP/1.1\r',
  'GET /echo/\u0000x HTTP/1.1',
  'GET /echo/\u0001x HTTP/1.1',
  'GET /echo/\u000bx HTTP/1.1',
  'GET /echo/\u007fx HTTP/1.1',
  'GET /echo/a b HTTP/1.1',
  'GET /echo/\rx HTTP/1.1',
  'GET /echo/\nx HTTP/1.1',
  'GET /echo/x?a b HTTP/1.1',
  'GET /echo/x#y HTTP/1.1',
  'GET /echo/x?y#z HTTP/1.1',
];

const REQUEST_LINES: RawVector[] = [
  ...WRONG_REQUEST_LINES.map((line) => refused(JSON.stringify(line), get([], line))),
  refused('HTTP/0.9', 'GET /echo/x\r\n'),
  refused('HTTP/2’s preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  refused('a TLS greeting', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003'),
  refused('line feeds alone', get([]).replaceAll('\r\n', '\n')),
  refused('carriage returns alone', get([]).replaceAll('\r\n', '\r')),
  refused('a line feed behind the request line', get([]).replace('\r\n', '\n')),
  // Node's parser takes these two for HTTP/1; what goes up is unmistakable.
  forwarded('two blanks before the version', get([], 'GET /echo/x  HTTP/1.1')),
  forwarded('another protocol of the same form', get([], 'GET /echo/x RTSP/1.0')),
  forwarded('an empty line first', `\r\n${get([])}`),
  forwarded('HTTP/1.0 without Host', `GET /echo/x HTTP/1.0\r\n${KEY}\r\n\r\n`),
  forwarded('a method of WebDAV', get([], 'PROPFIND /echo/x HTTP/1.1')),
];

const WRONG_HOSTS = [
  'a b',
  'a, b',
  'a/b',
  'a?b',
  'a#b',
  'a\\b',
  'user@a',
  'http://a',
  'a:b',
  'a:80:80',
  '[::1',
  '::1',
  '[::1]x',
  'a\u0000',
  'a\u0001b',
  'a\tb',
  'a<b>',
  '\u00e4.test',
];

const requestTo = (...hosts: string[]) =>
  ['GET /echo/x HTTP/1.1', ...hosts, KEY, 'Connection: close', '', ''].join('\r\n');

const HOSTS: RawVector[] = [
  ...WRONG_HOSTS.map((host) => refused(`Host ${JSON.stringify(host)}`, requestTo(`Host: ${host}`))),
  refused('no Host', requestTo()),
  refused('the same Host twice', requestTo('Host: a', 'Host: a')),
  refused('two Hosts', requestTo('Host: relay.test', 'Host: evil.test')),
  refused('two Hosts, cased differently', requestTo('Host: relay.test', 'hOST: evil.test')),
  refused('a blank before the colon', requestTo('Host : relay.test')),
  refused('a blank before the name', requestTo(' Host: relay.test')),
  refused('a folded Host', requestTo('Host:\r\n relay.test')),
  ...['evil.test', 'evil.test:81', '127.0.0.1', '[::1]:80', '', '169.254.169.254'].map((host) =>
    forwarded(`Host ${JSON.stringify(host)}, which decides nothing`, requestTo(`Host: ${host}`)),
  ),
];

const CONTROLS = Array.from({ length: 0x20 }, (_, code) => code).filter((code) => ![0x09, 0x0d].includes(code));
const NO_TOKEN = ['"', '(', ')', ',', '/', ';', '<', '=', '>', '?', '@', '[', '\\', ']', '{', '}', ' ', '\t', '\u007f', '\u0080', '\u00ff'];

const FIELDS: RawVector[] = [
  ...[...CONTROLS, 0x7f].map((code) => refused(`${byte(code)} in a value`, get([`X-Value: a${char(code)}b`]))),
  ...NO_TOKEN.map((sign) => refused(`${JSON.stringify(sign)} in a name`, get([`X${sign}Y: a`]))),
  refused('0x0d in a value', get(['X-Value: a\rb'])),
  refused('0x00 in a name', get(['X\u0000Y: a'])),
  refused('no name', get([': a'])),
  refused('no colon', get(['X-Value'])),
  refused('a folded value', get(['X-Value: a', ' b'])),
  refused('a value folded with a tab', get(['X-Value: a', '\tb'])),
  refused('a folded first line', 'GET /echo/x HTTP/1.1\r\n Host: relay.test\r\n\r\n'),
  refused('an injected line by line feed', get(['X-Value: a\nX-Evil: b'])),
  refused('an expectation that nobody knows', get(['Expect: a-miracle'])),
  forwarded('0x09 in a value', get(['X-Value: a\tb'])),
  forwarded('bytes beyond ASCII in a value', get(['X-Value: \u0080\u00e4\u00ff'])),
  forwarded('an empty value', get(['X-Value:'])),
  forwarded('hop-by-hop fields', get(['Connection: close, X-Hop', 'X-Hop: 1', 'TE: trailers', 'Keep-Alive: 1', 'Upgrade: h2c'])),
  forwarded('Connection naming what is injected', get(['Connection: close, authorization'])),
  forwarded('a secret of the caller’s own', get(['Authorization: Bearer mine', 'AUTHORIZATION: Basic mine'])),
];

const many = (count: number) => Array.from({ length: count }, (_, i) => `X-${i}: a`);

const SIZES: RawVector[] = [
  forwarded('196 fields more', get(many(196))),
  refusedAs(431, '198 fields more', get(many(198))),
  refusedAs(431, '2,500 short fields', get(Array.from({ length: 2_500 }, () => 'a:'))),
  forwarded('a value of 15,000 bytes', get([`X-Value: ${'a'.repeat(15_000)}`])),
  refusedAs(431, 'a value of 17,000 bytes', get([`X-Value: ${'a'.repeat(17_000)}`])),
  refusedAs(431, 'a name of 17,000 bytes', get([`${'a'.repeat(17_000)}: a`])),
  refusedAs(431, 'a path of 17,000 bytes', get([], `GET /echo/${'a'.repeat(17_000)} HTTP/1.1`)),
  forwarded('a query of 10,000 bytes', get([], `GET /echo/?${'a'.repeat(10_000)} HTTP/1.1`)),
];

export const RAW_VECTORS: Record<string, RawVector[]> = {
  'transfer codings': CODINGS,
  'content lengths': LENGTHS,
  chunks: CHUNK_VECTORS,
  'request lines': REQUEST_LINES,
  hosts: HOSTS,
  fields: FIELDS,
  sizes: SIZES,
};

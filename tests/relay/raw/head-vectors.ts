import { forwarded, get, KEY, type RawVector, refused, refusedAs } from './raw-vector.ts';

/** Request lines and fields, sound and not. */

const byte = (code: number) => `0x${code.toString(16).padStart(2, '0')}`;
const char = (code: number) => String.fromCharCode(code);

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

export const REQUEST_LINES: RawVector[] = [
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

export const HOSTS: RawVector[] = [
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
const NO_TOKEN = [
  '"',
  '(',
  ')',
  ',',
  '/',
  ';',
  '<',
  '=',
  '>',
  '?',
  '@',
  '[',
  '\\',
  ']',
  '{',
  '}',
  ' ',
  '\t',
  '\u007f',
  '\u0080',
  '\u00ff',
];

export const FIELDS: RawVector[] = [
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
  forwarded(
    'hop-by-hop fields',
    get(['Connection: close, X-Hop', 'X-Hop: 1', 'TE: trailers', 'Keep-Alive: 1', 'Upgrade: h2c']),
  ),
  forwarded('Connection naming what is injected', get(['Connection: close, authorization'])),
  forwarded('a secret of the caller’s own', get(['Authorization: Bearer mine', 'AUTHORIZATION: Basic mine'])),
];

const many = (count: number) => Array.from({ length: count }, (_, i) => `X-${i}: a`);

export const SIZES: RawVector[] = [
  forwarded('196 fields more', get(many(196))),
  refusedAs(431, '198 fields more', get(many(198))),
  refusedAs(431, '2,500 short fields', get(Array.from({ length: 2_500 }, () => 'a:'))),
  forwarded('a value of 15,000 bytes', get([`X-Value: ${'a'.repeat(15_000)}`])),
  refusedAs(431, 'a value of 17,000 bytes', get([`X-Value: ${'a'.repeat(17_000)}`])),
  refusedAs(431, 'a name of 17,000 bytes', get([`${'a'.repeat(17_000)}: a`])),
  refusedAs(431, 'a path of 17,000 bytes', get([], `GET /echo/${'a'.repeat(17_000)} HTTP/1.1`)),
  forwarded('a query of 10,000 bytes', get([], `GET /echo/?${'a'.repeat(10_000)} HTTP/1.1`)),
];

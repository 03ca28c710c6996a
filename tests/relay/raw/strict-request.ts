/** One request as the strictest reading of RFC 9112 has it. */
export interface StrictRequest {
  requestLine: string;
  fields: [name: string, value: string][];
  body: string;
}

const REQUEST_LINE = /^[A-Z][A-Z-]* \/[\x21-\x7e]* HTTP\/1\.1$/;
const FIELD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+): ?([\t\x20-\x7e\x80-\xff]*)$/;

/**
 * Reads bytes (latin1) that an upstream received as exactly one request, with nothing before or behind it.
 * @returns null while it is not complete
 * @throws Error at anything that two servers might read differently
 */
export function readOneRequest(bytes: string): StrictRequest | null {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd === -1) return null;
  const [requestLine = '', ...lines] = bytes.slice(0, headEnd).split('\r\n');
  if (!REQUEST_LINE.test(requestLine)) throw new Error(`ambiguous request line ${JSON.stringify(requestLine)}`);
  const fields = lines.map((line): [string, string] => {
    const [, name, value] = FIELD.exec(line) ?? [];
    if (name === undefined || value === undefined) throw new Error(`ambiguous field ${JSON.stringify(line)}`);
    return [name.toLowerCase(), value];
  });
  const body = readBody(fields, bytes.slice(headEnd + 4));
  return body === null ? null : { requestLine, fields, body };
}

export function valuesOf({ fields }: Pick<StrictRequest, 'fields'>, name: string): string[] {
  return fields.filter(([fieldName]) => fieldName === name).map(([, value]) => value);
}

function readBody(fields: [string, string][], rest: string): string | null {
  const lengths = valuesOf({ fields }, 'content-length');
  const codings = valuesOf({ fields }, 'transfer-encoding');
  if (lengths.length + codings.length > 1) throw new Error('the body is framed twice');
  if (codings.length === 1) {
    if (codings[0] !== 'chunked') throw new Error(`unknown coding ${codings[0]}`);
    return readChunks(rest);
  }
  const [length = '0'] = lengths;
  if (!/^(0|[1-9]\d*)$/.test(length)) throw new Error(`ambiguous length ${JSON.stringify(length)}`);
  if (rest.length > Number(length)) throw new Error(`${rest.length - Number(length)} bytes behind the request`);
  return rest.length < Number(length) ? null : rest;
}

function readChunks(rest: string): string | null {
  let body = '';
  for (let at = 0; ; ) {
    const sizeEnd = rest.indexOf('\r\n', at);
    if (sizeEnd === -1) return null;
    const size = rest.slice(at, sizeEnd);
    if (!/^[0-9a-f]{1,8}$/.test(size)) throw new Error(`ambiguous chunk size ${JSON.stringify(size)}`);
    const end = sizeEnd + 2 + Number.parseInt(size, 16);
    if (rest.length < end + 2) return null;
    if (rest.slice(end, end + 2) !== '\r\n') throw new Error('a chunk does not end where it should');
    if (size === '0') {
      if (rest.length > end + 2) throw new Error('bytes behind the last chunk');
      return body;
    }
    body += rest.slice(sizeEnd + 2, end);
    at = end + 2;
  }
}

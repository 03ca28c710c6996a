import { describe, expect, test } from '@jest/globals';
import { isSevere, isTold, readableLine } from '../../../tools/supervisor/readable-line.ts';

const record = {
  level: 'error',
  time: '2026-11-22T10:00:00.000Z',
  name: 'app',
  msg: 'no answer',
  agent: 'stripe-relay',
};

/** Each of our styles is one escape sequence that ends in m; all else must be gone already. */
function withoutOurColours(line: string): string {
  const style = `${String.fromCharCode(27)}\\[\\d+m`;
  return line.replace(new RegExp(style, 'g'), '');
}

describe('a line of a child', () => {
  test('is told as level, message and fields, with an error in one line and no stack', () => {
    const err = { type: 'TypeError', message: 'bad', stack: 'TypeError: bad\n    at somewhere.ts:1' };
    const line = readableLine(JSON.stringify({ ...record, err }));
    expect(line).toContain('no answer');
    expect(line).toContain('agent=stripe-relay');
    expect(line).toContain('TypeError: bad');
    expect(line).not.toContain('somewhere.ts');
  });

  test('cannot steer the terminal by what others wrote', () => {
    const hostile = '\u001b]0;owned\u0007\u001b[2J\r\u009b31mred';
    const lines = [readableLine(hostile), readableLine(JSON.stringify({ ...record, msg: hostile, agent: hostile }))];
    for (const line of lines) expect(withoutOurColours(line)).not.toMatch(/\p{Cc}/u);
  });

  test('stays as it is when it is no JSON object', () => {
    expect(readableLine('Server:  localhost:7233 {"a":1}')).toBe('Server:  localhost:7233 {"a":1}');
  });

  test('of a quiet server is told only when the server itself fails', () => {
    expect(isSevere('2026-11-22 19:49:28.191 UTC FATAL:  the database system is starting up')).toBe(false);
    expect(isSevere('2026-11-22 19:49:28.191 UTC PANIC:  could not write to file')).toBe(true);
    expect(isSevere('{"level":"WARN","msg":"Failed to poll for task."}')).toBe(false);
    expect(isSevere('{"level":"ERROR","msg":"shard lost"}')).toBe(true);
  });

  test('is left out below LOG_LEVEL', () => {
    expect(isTold({ level: 'info' }, 'warn')).toBe(false);
    expect(isTold({ level: 'ERROR' }, 'warn')).toBe(true);
    expect(isTold({ level: 'fatal' }, 'silent')).toBe(false);
  });
});

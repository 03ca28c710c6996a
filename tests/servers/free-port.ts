import { takePort } from '../../tools/supervisor/ports.ts';

/** A port of loopback that nobody listens on at present, and that no kernel hands out by itself. */
export function freePort(): Promise<number> {
  return takePort({ port: 0, setting: 'PORT' }, '127.0.0.1');
}

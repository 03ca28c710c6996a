import { setFlagsFromString } from 'node:v8';

/**
 * Has passing bodies' buffers collected early. V8 lets buffers outside its heap pile up to four times this number of
 * MiB before it looks for dead ones; its own 32 made one fast stream add 75 MiB to a process, this adds about 20 at the
 * same speed (bench/relay-memory.ts). Set while the process runs, it does not change the heap's own sizes.
 */
export function collectStreamBuffersEarly(): void {
  setFlagsFromString('--scavenger-max-new-space-capacity-mb=2');
}

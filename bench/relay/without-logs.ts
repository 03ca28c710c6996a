import { registerHooks } from 'node:module';
import { RequestLogWriter } from '../../core/store/request-log-writer.ts';

/** Loaded before the relay (`--import`), leaves logging and counting out: what is left shows what they cost. */
registerHooks({
  load(url, context, nextLoad) {
    if (!url.endsWith('/relay/recording/log-row.ts')) return nextLoad(url, context);
    return { format: 'module', source: 'export const logRow = () => null;', shortCircuit: true };
  },
});
RequestLogWriter.prototype.add = () => {};

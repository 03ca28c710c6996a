import { runStack } from './supervisor/run-stack.ts';

/** `npm start`: everything on this machine, until Ctrl-C. */
await runStack({ environment: process.env });

export { deleteAgent } from './delete-agent.ts';
export { keepHouse } from './keep-house.ts';
export { keepLogs } from './keep-logs.ts';
export { rollUpTraffic } from './roll-up-traffic.ts';
export { rotateAgentKey } from './rotate-agent-key.ts';
export { rotateCredential } from './rotate-credential.ts';
export { startDueRotations } from './start-due-rotations.ts';

export { deleteAgent } from './delete-agent.ts';
export { keepHouse } from './keep-house.ts';

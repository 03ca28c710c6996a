import type { Plugin } from 'vite';
import { operations } from '../../core/operations/index.ts';

const NAME = 'virtual:routes';

/**
 * Gives the app `virtual:routes`: of each operation of the registry its name, method and path, and nothing else of the
 * registry's code.
 */
export function routesPlugin(): Plugin {
  const routes = Object.fromEntries(operations.map(({ name, rest }) => [name, [rest.method, rest.path]]));
  return {
    name: 'agentgateway:routes',
    resolveId: (id) => (id === NAME ? `\0${NAME}` : undefined),
    load: (id) => (id === `\0${NAME}` ? `export const routes = ${JSON.stringify(routes)};` : undefined),
  };
}

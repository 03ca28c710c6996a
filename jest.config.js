import { availableParallelism } from 'node:os';

/** Node runs the product's TypeScript as it is; Jest needs swc only because it loads modules itself. */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/tests'],
  testMatch: ['**/*.test.ts'],
  // Servers start when the first test asks for them, and end with the run.
  globalSetup: '<rootDir>/tests/servers/global-setup.ts',
  globalTeardown: '<rootDir>/tests/servers/global-teardown.ts',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { target: 'es2024', parser: { syntax: 'typescript' }, experimental: { keepImportAttributes: true } },
        module: { type: 'es6' },
      },
    ],
  },
  testTimeout: 120_000,
  // Never one alone: half of a test's time is waiting for servers and for intervals of the product.
  maxWorkers: Math.max(2, availableParallelism() - 1),
  // A worker keeps what its test files loaded: beyond this another takes its place.
  workerIdleMemoryLimit: '700MB',
};

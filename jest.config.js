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
};

import preset from '../jest.preset.mjs';

/** The whole system, real processes, real signals, a real browser: one file at a time. */
export default {
  ...preset,
  rootDir: import.meta.dirname,
  testMatch: ['**/*.e2e.ts'],
  maxWorkers: 1,
  testTimeout: 180_000,
  globalTeardown: './support/end-leftovers.mjs',
};

import preset from '../jest.preset.mjs';

/** The whole system, real processes, real signals, a real browser: one file at a time. */
export default {
  ...preset,
  rootDir: import.meta.dirname,
  testMatch: ['**/*.e2e.ts'],
  maxWorkers: 1,
  globalTeardown: './support/end-leftovers.mjs',
};

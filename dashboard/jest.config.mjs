import shared from '../jest.preset.mjs';
import presets from 'jest-preset-angular/presets/index.js';

/** Angular's packages of this project, not the copies that tools bring to the root. */
const angular = '<rootDir>/node_modules/@angular';

export default {
  ...presets.createEsmPreset({ tsconfig: '<rootDir>/tsconfig.spec.json' }),
  rootDir: import.meta.dirname,
  maxWorkers: shared.maxWorkers,
  testTimeout: shared.testTimeout,
  workerIdleMemoryLimit: shared.workerIdleMemoryLimit,
  workerGracefulExitTimeout: shared.workerGracefulExitTimeout,
  cacheDirectory: '<rootDir>/.cache/jest',
  setupFilesAfterEnv: ['<rootDir>/src/test/setup.ts'],
  testMatch: ['<rootDir>/src/**/*.spec.ts'],
  moduleNameMapper: {
    '^@angular/core/primitives/(.+)$': `${angular}/core/fesm2022/primitives-$1.mjs`,
    '^@angular/([^/]+)$': `${angular}/$1/fesm2022/$1.mjs`,
    '^@angular/([^/]+)/([^/]+)$': `${angular}/$1/fesm2022/$2.mjs`,
  },
};

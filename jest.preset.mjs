/** Shared by every Node project: `export default { ...preset, rootDir: import.meta.dirname }`. */
export default {
  testEnvironment: 'node',
  maxWorkers: 2,
  // What takes seconds takes minutes on a machine that is busy otherwise; `until` says every ten seconds what it waits for.
  testTimeout: 180_000,
  workerIdleMemoryLimit: '768MB',
  // A worker that has ended everything still gives back its memory, which takes a busy machine more than half a second.
  workerGracefulExitTimeout: 20_000,
  extensionsToTreatAsEsm: ['.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        swcrc: false,
        jsc: {
          target: 'es2023',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
          keepClassNames: true,
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
};

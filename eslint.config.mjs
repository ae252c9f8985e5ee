import nx from '@nx/eslint-plugin';
import angular from 'angular-eslint';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';
import { pure } from './eslint.pure.mjs';

/** What each kind of project may import: the architecture, enforced. Services never import each other. */
const boundaries = [
  { sourceTag: 'type:contracts', onlyDependOnLibsWithTags: [] },
  { sourceTag: 'type:outgoing', onlyDependOnLibsWithTags: [] },
  { sourceTag: 'type:schedule', onlyDependOnLibsWithTags: [] },
  { sourceTag: 'type:decider', onlyDependOnLibsWithTags: ['type:contracts'] },
  { sourceTag: 'type:runtime', onlyDependOnLibsWithTags: ['type:contracts', 'type:decider'] },
  { sourceTag: 'type:agent-sdk', onlyDependOnLibsWithTags: ['type:contracts'] },
  {
    sourceTag: 'type:service',
    onlyDependOnLibsWithTags: [
      ...['type:contracts', 'type:decider', 'type:outgoing', 'type:runtime', 'type:schedule', 'type:supervisor'],
    ],
  },
  { sourceTag: 'type:gateway', onlyDependOnLibsWithTags: ['type:client', 'type:contracts', 'type:decider', 'type:runtime'] },
  { sourceTag: 'type:client', onlyDependOnLibsWithTags: ['type:contracts'] },
  { sourceTag: 'type:dashboard', onlyDependOnLibsWithTags: ['type:client', 'type:contracts'] },
  { sourceTag: 'type:agent', onlyDependOnLibsWithTags: ['type:agent-sdk', 'type:contracts'] },
  { sourceTag: 'type:cli', onlyDependOnLibsWithTags: ['type:client', 'type:contracts'] },
  { sourceTag: 'type:e2e', onlyDependOnLibsWithTags: ['type:client', 'type:contracts', 'type:supervisor'] },
  { sourceTag: 'type:supervisor', onlyDependOnLibsWithTags: ['type:contracts', 'type:schedule'] },
  { sourceTag: 'type:k8s', onlyDependOnLibsWithTags: ['type:client', 'type:contracts', 'type:supervisor'] },
  { sourceTag: 'type:testing', onlyDependOnLibsWithTags: ['type:contracts', 'type:decider', 'type:supervisor'] },
  {
    sourceTag: 'type:benchmark',
    onlyDependOnLibsWithTags: ['type:agent', 'type:client', 'type:contracts', 'type:decider', 'type:runtime', 'type:supervisor'],
  },
];

/** Specs and what is for them alone: they may use what tests share, except where that itself rests on. */
const testFiles = [
  '**/*.spec.ts',
  '**/*.conformance.ts',
  '**/test/**',
  '**/testing/**',
  'e2e/**',
  'benchmarks/**',
  'k8s/support/**',
];
const belowTesting = ['type:contracts', 'type:decider', 'type:schedule', 'type:supervisor', 'type:testing'];
/** What is tried against a double that belongs to another project. */
const DRIVEN = { 'type:k8s': ['type:agent'] };
const boundariesOfTests = boundaries.map(({ sourceTag, onlyDependOnLibsWithTags: tags }) => ({
  sourceTag,
  onlyDependOnLibsWithTags: belowTesting.includes(sourceTag) ? tags : [...tags, 'type:testing', ...(DRIVEN[sourceTag] ?? [])],
}));

/** Open to all: what belongs to no project, and the check of Node.js that comes before everything. */
const common = [
  '^(\\.\\./)+jest\\.preset\\.mjs$',
  '^(\\.\\./)+scripts/([a-z-]+/)?[a-z-]+\\.mjs$',
  '^\\.\\./supervisor/bin/node-version\\.mjs$',
];

/** Codes that a contract declares: `rejection(command, code)`. Only what any command may meet needs none. */
const declaredCodes = {
  create: (context) => ({
    "NewExpression[callee.name='Rejection']:not([arguments.0.value='busy'])": (node) =>
      context.report({ node, message: 'Say rejection(command, code), with a code that the contract of the command declares.' }),
  }),
};

/** What speaks HTTP by itself: to what is of the same installation (gateway, supervisor, worker, the Kubernetes API), and the one client that leaves it. */
const speaksHttp = [
  'libs/outgoing/src/**',
  'libs/agent/src/content-client.ts',
  'libs/client/src/gateway.ts',
  'agents/command/src/jobs/{kubernetes-api,files}.ts',
  'cli/src/{gateway-client,supervisor}.ts',
  'gateway/src/operations/local-supervisor.ts',
  'services/healer/src/supervisor/supervisor-client.ts',
  'supervisor/src/readiness.ts',
];
const throughOutgoing = 'HTTP leaves through @agencyos/outgoing alone, which judges where it leads and limits it.';
const httpClients = [
  ...['node:http', 'node:https', 'http', 'https'].map((name) => ({
    name,
    importNames: ['default', 'get', 'request', 'ClientRequest', 'Agent'],
    message: throughOutgoing,
  })),
  ...['node:http2', 'undici', 'axios'].map((name) => ({ name, message: throughOutgoing })),
];
const tableOnly = { name: '@agencyos/contracts', message: 'Import @agencyos/contracts/installation.' };
const modulesOnlyWithin = (depConstraints) => [
  'error',
  { enforceBuildableLibDependency: false, depConstraints, banTransitiveDependencies: false, allow: common },
];

export default tseslint.config(
  {
    ignores: [
      '**/dist/**',
      '**/node_modules/**',
      '.cache/**',
      '.agencyos/**',
      '.nx/**',
      '**/.angular/**',
      'contracts/generated/**',
      '**/coverage/**',
    ],
  },
  ...tseslint.configs.recommended,
  {
    files: ['**/*.ts', '**/*.mts', '**/*.mjs'],
    plugins: { '@nx': nx },
    rules: { '@nx/enforce-module-boundaries': modulesOnlyWithin(boundaries) },
  },
  { files: testFiles, rules: { '@nx/enforce-module-boundaries': modulesOnlyWithin(boundariesOfTests) } },
  {
    // What needs types is asked by `.oxlintrc.json`, of the compiler that builds: a quarter of the time.
    files: ['**/*.ts'],
    rules: {
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      'max-lines': ['warn', { max: 400, skipBlankLines: true, skipComments: true }],
    },
  },
  // The scenarios of one thing stay together a little longer.
  { files: ['**/*.spec.ts'], rules: { 'max-lines': ['warn', { max: 450, skipBlankLines: true, skipComments: true }] } },
  {
    // Nest reads parameter types at run time: an import that looks unused as a value is not.
    files: ['gateway/**/*.ts', 'services/**/*.ts', 'libs/runtime/**/*.ts'],
    rules: { '@typescript-eslint/consistent-type-imports': 'off' },
  },
  {
    files: ['services/*/src/**/*.ts', '**/*.{decider,view,reactions,timers}.ts'],
    ignores: ['**/*.spec.ts'],
    plugins: { contract: { rules: { 'declared-codes': declaredCodes } } },
    rules: { 'contract/declared-codes': 'error' },
  },
  {
    // What specs alone use, of any project. What is pure may import less still.
    files: ['**/src/**/*.ts', '**/src/**/*.mjs'],
    ignores: testFiles,
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        { patterns: [{ group: ['@agencyos/*/testing', './testing/*', '../**/testing/*'], message: 'Only specs may.' }] },
      ],
    },
  },
  {
    files: ['{agents,libs,services}/*/src/**/*.{ts,mjs}', '{cli,gateway,supervisor}/src/**/*.{ts,mjs}'],
    ignores: [...testFiles, ...speaksHttp],
    rules: {
      'no-restricted-globals': [
        'error',
        ...['fetch', 'XMLHttpRequest', 'EventSource'].map((name) => ({ name, message: throughOutgoing })),
      ],
      'no-restricted-imports': ['error', { paths: httpClients }],
    },
  },
  ...pure,
  {
    // It lives as long as everything else together: of the contracts it reads the table, which loads nothing.
    files: ['supervisor/src/**/*.ts'],
    rules: {
      'no-restricted-imports': ['error', { paths: [...httpClients, tableOnly] }],
    },
  },
  { files: ['supervisor/src/readiness.ts'], rules: { 'no-restricted-imports': ['error', { paths: [tableOnly] }] } },
  { files: ['dashboard/**/*.ts'], extends: [...angular.configs.tsRecommended] },
  { files: ['dashboard/**/*.html'], extends: [...angular.configs.templateRecommended, ...angular.configs.templateAccessibility] },
  prettier,
);

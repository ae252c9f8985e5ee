import { dirname, matchesGlob, relative, resolve, sep } from 'node:path';
import tseslint from 'typescript-eslint';

/*
 * What is pure gives the same answer to the same arguments: time, ids and chance come in them, and so does whoever reads
 * or writes for it. A file is pure by its place or by its name, and imports nothing but what is pure, too.
 */

/** By place: the contracts, the deciders' library, and of a service every folder. Its `src` itself is where it is wired. */
export const PURE_PLACES = [
  'contracts/src/**/*.ts',
  'libs/decider/src/**/*.ts',
  'libs/schedule/src/**/*.ts',
  'libs/runtime/src/define-*.ts',
  'services/*/src/*/**/*.ts',
  'services/*/src/time.ts',
  // Helpers among what keeps time, speaks to servers or starts processes.
  'agents/command/src/{files/{file-refused,tar},isolation/{first-process,isolation}}.ts',
  'cli/src/{cli-problem,help,one-of}.ts',
  'gateway/src/{http/{origins,our-paths,session-cookie},identity/caller}.ts',
  'libs/agent/src/{agent-config,agent-options}.ts',
  'libs/client/src/{frames,listeners,problem-error,task-progress,view-rows}.ts',
  'libs/runtime/src/{problem,recent-map}.ts',
  'libs/runtime/src/commands/{as-written,decide-batch,require-minted}.ts',
  'libs/runtime/src/consumers/{clock-jumps,row-cache,view-json}.ts',
  'libs/runtime/src/event-store/{append-limits,event-store,present-form,kurrentdb/outcome-unknown}.ts',
  'libs/runtime/src/event-store/postgres/{append-function,first-append-function,plain-array}.ts',
  'libs/runtime/src/messaging/{own-inbox,sender-share}.ts',
  'supervisor/src/{describe-error,nats-accounts,nats-permissions}.ts',
];
/** Except: who mints ids and passes that on, and the folders whose work is with clocks, servers, threads and processes. */
export const NOT_PURE = [
  'contracts/src/{index,core/new-id}.ts',
  'services/healer/src/supervisor/**',
  'services/relay/**',
  'services/swarm/src/{agent,gates,leases,library,offers}/**',
];
/** By name, wherever they are. */
export const PURE_NAMES = ['**/*.decider.ts', '**/*.view.ts', '**/*.reactions.ts', '**/*.timers.ts', '**/pure/**/*.ts'];
const TESTS = ['**/*.spec.ts', '**/testing/**'];

const matches = (file, globs) => globs.some((glob) => matchesGlob(file, glob));
/** @param {string} file below the root, with slashes */
export const isPure = (file) =>
  !matches(file, TESTS) && (matches(file, PURE_NAMES) || (matches(file, PURE_PLACES) && !matches(file, NOT_PURE)));

const PACKAGES = [
  ...['@agencyos/contracts', '@agencyos/contracts/moves', '@agencyos/decider', '@agencyos/schedule'],
  ...['@agencyos/runtime', '@agencyos/runtime/digest'],
];
const LIBRARIES = ['@dagrejs/dagre', 'croner', 'js-yaml', 'uuid', 'yaml', 'zod'];
/** What of the runtime is pure; all else of it keeps time, or speaks to a server. */
const DEFINITIONS = [
  ...['changesBy', 'changesBySome', 'defineProjection', 'unchanged'],
  ...['defineReactions', 'reactingTo', 'defineTimers', 'NOT_DUE'],
];

const GLOBALS = [
  ...['fetch', 'WebSocket', 'EventSource', 'XMLHttpRequest', 'BroadcastChannel', 'Worker'],
  ...['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'requestAnimationFrame', 'requestIdleCallback'],
  ...['performance', 'Temporal', 'crypto', 'process', 'console', 'require', 'eval', 'Function'],
  ...['globalThis', 'global', 'self', 'window', 'document', 'navigator', 'location', 'localStorage', 'sessionStorage'],
];

const time = 'This file is pure: time comes as an argument.';
const chance = 'This file is pure: ids and chance come as arguments.';
const elsewhere = 'This file is pure: do it where it is called from.';
const readAsValue = (name) =>
  `:not(MemberExpression, BinaryExpression, TSTypeReference, TSTypeQuery, TSQualifiedName) > Identifier[name='${name}']:not(.callee):not(.key)`;

const MISTAKES = [
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: time },
  { selector: "NewExpression[callee.name='Date'] > SpreadElement", message: time },
  { selector: "CallExpression[callee.name='Date']", message: time },
  { selector: "MemberExpression[object.name='Date']:not([property.name=/^(parse|UTC)$/])", message: time },
  { selector: readAsValue('Date'), message: time },
  { selector: 'CallExpression[arguments.length=0][callee.property.name=/^format(ToParts)?$/]', message: time },
  { selector: "MemberExpression[object.name='AbortSignal'][property.name='timeout']", message: time },
  { selector: "MemberExpression[object.name='Math']:matches([property.name='random'], [computed=true])", message: chance },
  { selector: readAsValue('Math'), message: chance },
  { selector: 'ImportExpression', message: elsewhere },
  { selector: 'TSImportEqualsDeclaration', message: elsewhere },
  { selector: 'MetaProperty[meta.name="import"]', message: elsewhere },
];

/** Purity is of everything that a file brings along: types cost nothing, values come from what is pure. */
const importsPure = {
  create(context) {
    const check = ({ source, importKind, exportKind, specifiers = [] }) => {
      const types = specifiers.length > 0 && specifiers.every((one) => (one.importKind ?? one.exportKind) === 'type');
      if (!source?.value.startsWith('.') || importKind === 'type' || exportKind === 'type' || types) return;
      const file = resolve(dirname(context.filename), source.value).replace(/\.js$|(?<!\.ts)$/, '.ts');
      const path = relative(import.meta.dirname, file).replaceAll(sep, '/');
      if (!isPure(path)) context.report({ node: source, message: `This file is pure, and ${path} is not.` });
    };
    return { ImportDeclaration: check, ExportNamedDeclaration: check, ExportAllDeclaration: check };
  },
};

const plugins = { pure: { rules: { imports: importsPure } }, '@typescript-eslint': tseslint.plugin };
const rules = {
  'pure/imports': 'error',
  'no-restricted-globals': ['error', ...GLOBALS.map((name) => ({ name, message: elsewhere }))],
  'no-restricted-syntax': ['error', ...MISTAKES],
  '@typescript-eslint/no-restricted-imports': [
    'error',
    {
      paths: [
        { name: '@agencyos/contracts', importNames: ['newId'], message: chance },
        { name: 'uuid', allowImportNames: ['v5'], message: chance },
        { name: '@agencyos/runtime', allowImportNames: DEFINITIONS, allowTypeImports: true, message: elsewhere },
      ],
      patterns: [
        {
          regex: `^(?!\\.{1,2}/|(${[...PACKAGES, ...LIBRARIES].join('|')})$)`,
          allowTypeImports: true,
          message: elsewhere,
        },
      ],
    },
  ],
};

export const pure = [
  { files: PURE_PLACES, ignores: [...TESTS, ...NOT_PURE], plugins, rules },
  { files: PURE_NAMES, ignores: TESTS, plugins, rules },
];

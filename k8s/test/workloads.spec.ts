import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { installation } from '@agencyos/contracts/installation';
import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  containersOf,
  find,
  nameOf,
  ofKind,
  podTemplates,
  type KubernetesObject,
  type Loose,
  type PodTemplate,
} from '../support/objects.js';
import { projectRoot, render, tools, valuesOf } from '../support/rendered.js';

const withTools = tools ? describe : describe.skip;
const source = (path: string) => readFileSync(join(projectRoot, path), 'utf8');
/** A constant of another project, which it does not export. */
const msIn = (path: string, name: string) =>
  Number(new RegExp(`${name} = ([\\d_]+);`).exec(source(path))![1]!.replaceAll('_', ''));

withTools('every workload of the chart', () => {
  let all: KubernetesObject[][];
  let pods: PodTemplate[];
  let lasting: PodTemplate[];
  beforeAll(() => {
    all = [{}, valuesOf('production'), { agentJobs: { enabled: true, namespace: 'jobs' } }].map((values) => render(values));
    pods = all.flatMap(podTemplates);
    lasting = pods.filter(({ of }) => !of.startsWith('Job'));
  });

  it('asks for what it needs, and has a limit', () => {
    for (const { requests, limits } of pods.flatMap(containersOf).map(({ resources }) => resources)) {
      expect(Object.keys(requests)).toEqual(['cpu', 'memory']);
      expect(Object.keys(limits)).toEqual(['cpu', 'memory']);
    }
  });

  it('is asked three different questions, and is not restarted for what is away', () => {
    for (const { startupProbe, readinessProbe, livenessProbe } of lasting.flatMap(containersOf)) {
      const asked = [startupProbe, readinessProbe, livenessProbe].map(({ httpGet, exec, tcpSocket }) =>
        JSON.stringify(httpGet ?? exec ?? tcpSocket),
      );
      expect(new Set(asked).size).toBe(3);
      expect(startupProbe.periodSeconds * startupProbe.failureThreshold).toBe(300);
      if (livenessProbe.httpGet?.port === 'health') expect(livenessProbe.httpGet.path).toBe('/health/live');
    }
  });

  it('has longer to end than its drain takes', () => {
    const drain = {
      service: msIn('libs/runtime/src/nest/start-service.ts', 'STOP_LIMIT_MS'),
      agent: msIn('libs/agent/src/run-agent.ts', 'stopWithinMs'),
    };
    const lingers: string[] = [];
    for (const { component, spec } of lasting) {
      const ofAgent = component.startsWith('command-');
      const linger = (spec.containers[0].env ?? []).find(({ name }: Loose) => name === 'AGENCYOS_LINGER_MS')?.value;
      if (linger) lingers.push(component);
      const ms = Number(linger ?? 0) + (ofAgent ? drain.agent : drain.service);
      expect(spec.terminationGracePeriodSeconds).toBeGreaterThan((2 * ms) / 1_000);
      // Node.js keeps a connection that nobody uses for 5 s, and a second for who uses it just then.
      if (linger) expect(Number(linger)).toBeGreaterThan(6_000);
    }
    expect(new Set(lingers)).toEqual(new Set(['gateway']));
    expect([drain.service, drain.agent]).toEqual([4_700, 4_800]); // what docs/kubernetes.md says
  });

  it('has no token of the Kubernetes API but the provisioning Job, and a worker that makes Jobs', () => {
    const withToken = (objects: KubernetesObject[]) =>
      podTemplates(objects).flatMap(({ component, spec }) => (spec.automountServiceAccountToken === false ? [] : [component]));
    expect(withToken(all[0]!)).toEqual(['provision']);
    expect(withToken(all[2]!).sort()).toEqual([
      'command-check',
      'command-notes',
      'command-publisher',
      'command-reviewer',
      'provision',
    ]);
    const rights = ofKind(all[2]!, 'Role').map(({ metadata, rules }: Loose) => [
      metadata.name,
      rules.flatMap((rule: Loose) => rule.resources),
    ]);
    expect(Object.fromEntries(rights)).toEqual({
      'agencyos-provision': ['secrets', 'secrets', 'leases', 'leases'],
      'agencyos-worker': ['jobs', 'pods', 'pods/log', 'events'],
    });
  });

  it('runs twice where it can, spread over nodes, and one of them always stays', () => {
    for (const { name } of installation.services) {
      const { spec } = find(all[0]!, `Deployment agencyos-${name}`);
      expect([spec.replicas, spec.strategy.rollingUpdate]).toEqual([2, { maxSurge: 1, maxUnavailable: 0 }]);
      const [spread] = spec.template.spec.topologySpreadConstraints;
      expect([spread.topologyKey, spread.whenUnsatisfiable]).toEqual(['kubernetes.io/hostname', 'ScheduleAnyway']);
      expect(find(all[0]!, `PodDisruptionBudget agencyos-${name}`).spec.maxUnavailable).toBe(1);
    }
    expect(find(all[0]!, 'StatefulSet agencyos-nats').spec.replicas).toBe(3);
    const relay = find(all[0]!, 'Deployment agencyos-relay').spec.template.spec.containers[0];
    expect(relay.env).toContainEqual({ name: 'RELAY_REPLICAS', value: '3' });
  });

  it('is told nothing secret by its environment, and nothing secret is rendered', () => {
    expect(all.flatMap((objects) => ofKind(objects, 'Secret'))).toEqual([]);
    for (const { name, value, valueFrom } of pods.flatMap(containersOf).flatMap(({ env = [] }) => env)) {
      expect([name, valueFrom?.secretKeyRef]).toEqual([name, undefined]);
      expect(value ?? '').not.toMatch(/:\/\/[^/]*:[^/]*@/);
    }
  });

  it('is told only what our programs read', () => {
    const files = globSync('{libs/*,services/*,gateway,agents/*,k8s}/src/**/*.ts', { cwd: projectRoot });
    const sources = files.map(source).join('\n');
    const ours = pods.filter(({ component }) => !['nats', 'postgres'].includes(component)).flatMap(containersOf);
    const names = new Set(ours.flatMap(({ env = [] }) => env.map(({ name }: { name: string }) => name)));
    expect(names.size).toBeGreaterThan(25);
    expect([...names].filter((name) => !new RegExp(`\\b${name}\\b`).test(sources))).toEqual([]);
  });

  it('that is made anew with another version is a Job of another name: a Job cannot be changed', () => {
    const jobs = (values: object) => ofKind(render(values), 'Job').map(nameOf);
    const [before, after] = [jobs({}), jobs({ image: { tag: '9.9.9' } })];
    expect(after.filter((name) => before.includes(name))).toEqual([]);
    expect(jobs({ services: { kanban: { replicas: 3 } } })).toEqual(before);
    // The one makes what was deleted, the other gives the roles of the database their passwords.
    expect(jobs({ secrets: { round: 2 } }).filter((name) => before.includes(name))).toEqual([]);
    expect(before).toHaveLength(2);
  });

  it('of the provisioning is built with the version of the client that its specs use', () => {
    const { devDependencies } = JSON.parse(source('k8s/package.json')) as { devDependencies: Record<string, string> };
    expect(source('Dockerfile')).toContain(`@kubernetes/client-node@${devDependencies['@kubernetes/client-node']} `);
  });
});

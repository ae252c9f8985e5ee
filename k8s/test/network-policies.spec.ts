import { agentsOf, installation } from '@agencyos/contracts/installation';
import { describe, expect, it } from '@jest/globals';
import { find, podTemplates, type KubernetesObject } from '../support/objects.js';
import { reaches, type End } from '../support/reachable.js';
import { render, tools, valuesOf } from '../support/rendered.js';

const withTools = tools ? describe : describe.skip;

/** The ports behind which something listens, and one of the world outside. */
const PORT_OF = { nats: 4222, postgres: 5432, gateway: 8400, kurrentdb: 2113 } as const;
const PORTS = [...Object.values(PORT_OF), 6222, 8222, 8080, 443, 6443, 22];
const OUTSIDE: End = {};
const inNamespace = (name: string): End => ({ labels: { any: 'pod' }, namespace: { 'kubernetes.io/metadata.name': name } });

/** Every connection that is let through among the pods, as `from → to:port`. */
function arrows(objects: readonly KubernetesObject[]): string[] {
  const pods = podTemplates(objects).map(({ component, metadata }) => ({ component, labels: metadata.labels }));
  return pods
    .flatMap((from) =>
      pods.flatMap((to) =>
        PORTS.filter((port) => reaches(objects, from, to, port)).map((port) => `${from.component} → ${to.component}:${port}`),
      ),
    )
    .sort();
}

/** By the table, for a worker of each role; the migrations are the one thing that it does not list. */
function arrowsOfTable(): string[] {
  const agents = installation.agentKinds.flatMap(({ kind, roles }) => roles.map((role) => `${kind}-${role}`));
  const ofServices = installation.services.flatMap(({ name, reaches }) =>
    reaches.filter((to) => to !== 'kurrentdb').map((to) => `${name} → ${to}:${PORT_OF[to]}`),
  );
  const ofServers = installation.servers.flatMap(({ name, reaches }) => reaches.map((to) => `${name} → ${to}:6222`));
  const [agent] = agentsOf(installation);
  const ofAgents = agents.flatMap((id) => agent!.reaches.map((to) => `${id} → ${to}:${PORT_OF[to]}`));
  return [...ofServices, ...ofServers, ...ofAgents, 'migrate → postgres:5432'].sort();
}

withTools('the network policies', () => {
  it('let through each connection of the table, and no other', () => {
    expect(arrows(render())).toEqual(arrowsOfTable());
  });

  it.each<[string, (objects: KubernetesObject[]) => void]>([
    [
      'one that a worker has to the database',
      (objects) => {
        find(objects, 'NetworkPolicy agencyos-command-check').spec.egress.push({ ports: [{ port: 5432 }] });
        find(objects, 'NetworkPolicy agencyos-postgres').spec.ingress.push({ ports: [{ port: 5432 }] });
      },
    ],
    [
      'one that a service lacks',
      (objects) => {
        find(objects, 'NetworkPolicy agencyos-kanban').spec.egress.pop();
      },
    ],
    [
      'all of a pod that no policy selects',
      (objects) => {
        find(objects, 'NetworkPolicy agencyos-nats').spec.podSelector.matchLabels = { other: 'pods' };
      },
    ],
  ])('would show %s', (_what, change) => {
    const objects = render();
    change(objects);
    expect(arrows(objects)).not.toEqual(arrowsOfTable());
  });

  it('let everybody to the gateway alone, and nobody out but the provisioning Job to the Kubernetes API', () => {
    const objects = render();
    const pods = podTemplates(objects);
    const into = (from: End) =>
      pods.flatMap(({ component, metadata: { labels } }) =>
        PORTS.filter((port) => reaches(objects, from, { labels }, port)).map((port) => `${component}:${port}`),
      );
    const out = (to: End) =>
      pods.flatMap(({ component, metadata: { labels } }) =>
        PORTS.filter((port) => reaches(objects, { labels }, to, port)).map((port) => `${component}:${port}`),
      );
    for (const from of [OUTSIDE, inNamespace('somewhere')]) expect(into(from)).toEqual(['gateway:8400']);
    for (const to of [OUTSIDE, inNamespace('somewhere')]) expect(out(to)).toEqual(['provision:443', 'provision:6443']);
  });

  it("lead to servers of one's own where they are, and let in only who was named", () => {
    const objects = render(valuesOf('production'));
    const of = (component: string): End => ({
      labels: podTemplates(objects).find((pod) => pod.component === component)!.metadata.labels,
    });
    const databasePod: End = { labels: { 'cnpg.io/cluster': 'agencyos-db' } };
    expect(reaches(objects, of('kanban'), inNamespace('messaging'), 4222)).toBe(true);
    expect(reaches(objects, of('command-check'), inNamespace('messaging'), 4222)).toBe(true);
    expect(reaches(objects, of('kanban'), inNamespace('elsewhere'), 4222)).toBe(false);
    expect(reaches(objects, of('kanban'), databasePod, 5432)).toBe(true);
    expect(reaches(objects, of('migrate'), databasePod, 5432)).toBe(true);
    expect(reaches(objects, of('command-check'), databasePod, 5432)).toBe(false);
    expect(reaches(objects, inNamespace('ingress-nginx'), of('gateway'), 8400)).toBe(true);
    expect(reaches(objects, OUTSIDE, of('gateway'), 8400)).toBe(false);
    expect(reaches(objects, inNamespace('monitoring'), of('swarm'), 8080)).toBe(true);
    expect(reaches(objects, inNamespace('monitoring'), of('gateway'), 8400)).toBe(true);
    expect(reaches(objects, inNamespace('elsewhere'), of('swarm'), 8080)).toBe(false);
  });

  it('let a worker out where its profile says, and to the Kubernetes API where it makes Jobs', () => {
    const egress = [{ ports: [{ port: 443 }], to: [{ ipBlock: { cidr: '0.0.0.0/0' } }] }];
    const objects = render({ agents: { 'command-notes': { egress } }, agentJobs: { enabled: true, namespace: 'jobs' } });
    const of = (component: string): End => ({
      labels: podTemplates(objects).find((pod) => pod.component === component)!.metadata.labels,
    });
    expect(reaches(objects, of('command-notes'), OUTSIDE, 443)).toBe(true);
    expect(reaches(objects, of('command-notes'), OUTSIDE, 22)).toBe(false);
    expect(reaches(objects, of('command-check'), OUTSIDE, 6443)).toBe(true);
    expect(reaches(objects, of('kanban'), OUTSIDE, 6443)).toBe(false);
  });

  it('let the Jobs of a worker to that worker and where its profile says, and nobody to them', () => {
    const egress = [{ ports: [{ port: 22 }], to: [{ ipBlock: { cidr: '0.0.0.0/0' } }] }];
    const objects = render({ agents: { 'command-notes': { egress } }, agentJobs: { enabled: true, namespace: 'jobs' } });
    const pods = podTemplates(objects).map(({ component, metadata: { labels } }) => ({ component, labels }));
    const jobOf = (component: string): End => {
      const labels = pods.find((pod) => pod.component === component)!.labels;
      const jobs = { 'kubernetes.io/metadata.name': 'jobs' };
      return { labels: { ...labels, 'app.kubernetes.io/component': `${component}-job` }, namespace: jobs };
    };
    const ports = [...PORTS, 8090];
    const from = (end: End) =>
      pods.flatMap((to) => ports.filter((port) => reaches(objects, end, to, port)).map((port) => `${to.component}:${port}`));
    expect(from(jobOf('command-check'))).toEqual(['command-check:8090']);
    expect(from(jobOf('command-notes'))).toEqual(['command-notes:8090']);
    expect(ports.filter((port) => reaches(objects, jobOf('command-check'), OUTSIDE, port))).toEqual([]);
    expect(ports.filter((port) => reaches(objects, jobOf('command-notes'), OUTSIDE, port))).toEqual([22]);
    for (const one of [...pods, jobOf('command-check'), inNamespace('somewhere'), OUTSIDE])
      expect(ports.filter((port) => reaches(objects, one, jobOf('command-notes'), port))).toEqual([]);
    // What a Job of another's labels may not.
    expect(from({ ...jobOf('command-check'), namespace: { 'kubernetes.io/metadata.name': 'other' } })).not.toContain(
      'command-check:8090',
    );
  });

  it('lead to KurrentDB where the log is there', () => {
    const objects = render({ kurrentdb: { enabled: true, existingSecret: 'kurrentdb' } });
    const kanban = podTemplates(objects).find(({ component }) => component === 'kanban')!;
    const worker = podTemplates(objects).find(({ component }) => component === 'command-check')!;
    expect(reaches(objects, { labels: kanban.metadata.labels }, OUTSIDE, 2113)).toBe(true);
    expect(reaches(objects, { labels: worker.metadata.labels }, OUTSIDE, 2113)).toBe(false);
  });
});

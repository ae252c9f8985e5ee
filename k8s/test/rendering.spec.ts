import { beforeAll, describe, expect, it } from '@jest/globals';
import { find, nameOf, podTemplates, type KubernetesObject, type Loose } from '../support/objects.js';
import { helmTemplate, render, tools, valuesOf } from '../support/rendered.js';
import { restrictedProblems } from '../support/restricted.js';
import { schemaProblems } from '../support/schemas.js';
import { danglingReferences } from '../support/selectors.js';
import { cases } from './values.js';

const withTools = tools ? describe : describe.skip;
/** Most objects are the same whatever the values: looked at once. */
const seen = new Map<string, Promise<string[]>>();
function problemsOf(object: KubernetesObject): Promise<string[]> {
  const text = JSON.stringify(object);
  const known = seen.get(text) ?? schemaProblems(object);
  seen.set(text, known);
  return known;
}

withTools.each(cases)('the chart with the values: %s', (_name, values, place) => {
  let objects: KubernetesObject[];
  beforeAll(() => {
    objects = render(values, place);
  });

  it('renders only what the published schemas take, and no field that they do not know', async () => {
    const problems = await Promise.all(
      objects.map(async (object) => (await problemsOf(object)).map((problem) => `${nameOf(object)}: ${problem}`)),
    );
    expect(problems.flat()).toEqual([]);
  });

  it('points to nothing that is not there, and says nothing twice', () => {
    expect(danglingReferences(objects)).toEqual([]);
    const names = objects.map((object) => `${nameOf(object)} in ${object.metadata.namespace}`);
    expect(names).toEqual([...new Set(names)]);
  });

  it('keeps every pod to the restricted profile, with a root file system that nobody writes', () => {
    expect(podTemplates(objects).flatMap(restrictedProblems)).toEqual([]);
  });
});

withTools('the chart', () => {
  it('renders the same every time', () => {
    for (const values of [{}, valuesOf('production')]) expect(helmTemplate(values).stdout).toBe(helmTemplate(values).stdout);
  });
});

withTools('the checks of what is rendered', () => {
  const planted = (name: string, change: (object: KubernetesObject) => void) => {
    const objects = render();
    change(find(objects, name));
    return objects;
  };
  const wrong = async (name: string, change: (object: KubernetesObject) => void) =>
    schemaProblems(find(planted(name, change), name));

  it.each<[string, string, (object: KubernetesObject) => void, string]>([
    ['a wrong type', 'Deployment agencyos-kanban', ({ spec }) => (spec.replicas = '2'), '/spec/replicas must be integer'],
    ['a misspelt field', 'Deployment agencyos-kanban', ({ spec }) => (spec.replica = 2), '/spec/replica is no field'],
    [
      'a misspelt probe',
      'Deployment agencyos-kanban',
      ({ spec }) => (spec.template.spec.containers[0].readynessProbe = {}),
      '/spec/template/spec/containers/0/readynessProbe is no field',
    ],
    ['a misspelt direction', 'NetworkPolicy agencyos-kanban', ({ spec }) => (spec.egres = []), '/spec/egres is no field'],
    [
      'a field of another place',
      'Job agencyos-provision',
      ({ spec }) => (spec.template.spec.runAsUser = 1),
      '/spec/template/spec/runAsUser',
    ],
    ['a kind that is not there', 'Service agencyos-nats', (object) => (object.apiVersion = 'v2'), 'there is no Service of v2'],
  ])('refuse %s', async (_what, name, change, expected) => {
    const full = render()
      .map(nameOf)
      .find((one) => one === name || one.startsWith(`${name}-`))!;
    expect(await wrong(full, change)).toEqual([expect.stringContaining(expected)]);
  });

  it.each<[string, string, (object: KubernetesObject) => void, string]>([
    [
      'a Service',
      'Service agencyos-gateway',
      ({ spec }) => (spec.selector['app.kubernetes.io/component'] = 'gatewy'),
      'Service agencyos-gateway selects no pod',
    ],
    ['a port', 'Service agencyos-gateway', ({ spec }) => (spec.ports[0].targetPort = 'htp'), 'leads to the port htp'],
    [
      'a budget',
      'PodDisruptionBudget agencyos-nats',
      ({ spec }) => (spec.selector.matchLabels.x = 'y'),
      'PodDisruptionBudget agencyos-nats selects no pod',
    ],
    [
      'a policy',
      'NetworkPolicy agencyos-swarm',
      ({ spec }) => (spec.podSelector.matchLabels.x = 'y'),
      'NetworkPolicy agencyos-swarm selects no pod',
    ],
    [
      'a Deployment',
      'Deployment agencyos-healer',
      ({ spec }) => (spec.selector.matchLabels.x = 'y'),
      'does not select its own pods',
    ],
    [
      'a role',
      'RoleBinding agencyos-provision',
      (object) => (object['roleRef'] = { kind: 'Role', name: 'other' }),
      'names Role other',
    ],
    ['a volume', 'Deployment agencyos-relay', ({ spec }) => spec.template.spec.volumes.pop(), 'mounts tmp'],
  ])('refuse %s that selects or names nothing', (_what, name, change, expected) => {
    expect(danglingReferences(planted(name, change))).toContainEqual(expect.stringContaining(expected));
  });

  it.each<[string, (pod: Loose) => void]>([
    ['root', (pod) => (pod.securityContext.runAsUser = 0)],
    [
      'root, perhaps',
      (pod) => {
        delete pod.securityContext.runAsNonRoot;
        delete pod.containers[0].securityContext.runAsNonRoot;
      },
    ],
    ['no seccomp profile', (pod) => delete pod.securityContext.seccompProfile],
    ['a capability', (pod) => (pod.containers[0].securityContext.capabilities.add = ['SYS_ADMIN'])],
    ['capabilities', (pod) => delete pod.containers[0].securityContext.capabilities],
    ['more privileges', (pod) => delete pod.containers[0].securityContext.allowPrivilegeEscalation],
    ['a folder of the host', (pod) => pod.volumes.push({ name: 'host', hostPath: { path: '/' } })],
    ["the host's network", (pod) => (pod.hostNetwork = true)],
    ['a root file system to write', (pod) => delete pod.containers[0].securityContext.readOnlyRootFilesystem],
  ])('refuse a pod with %s', (_what, change) => {
    const name = 'Deployment agencyos-kanban';
    const objects = planted(name, ({ spec }) => change(spec.template.spec));
    expect(podTemplates(objects).flatMap(restrictedProblems)).toEqual([expect.stringContaining(name)]);
  });
});

withTools('a wrong value', () => {
  it.each<[string, object, string]>([
    ['misspelt', { services: { kanban: { replica: 3 } } }, "at '/services/kanban': additional properties 'replica' not allowed"],
    ['of no service', { services: { kanbn: { replicas: 3 } } }, 'services.kanbn: there is no such service, but relay, kanban'],
    ['of another type', { serviceDefaults: { replicas: 'two' } }, "at '/serviceDefaults/replicas'"],
    ['that is no amount', { postgres: { storage: { size: '10 GB' } } }, "at '/postgres/storage/size'"],
    ['that loses a majority', { nats: { replicas: 2 } }, "at '/nats/replicas'"],
    ['that is no address', { gateway: { publicUrl: 'board.example.com' } }, "at '/gateway/publicUrl'"],
    ['that is missing: NATS', { nats: { install: false } }, 'nats.url is needed where nats.install is false'],
    ['that is missing: the database', { postgres: { install: false } }, 'postgres.owner.existingSecret is needed'],
    ['that is missing: what seals a backup', { backup: { enabled: true } }, "at '/backup/seal/existingSecret'"],
    ['that is missing: what opens one', { backup: { restore: { file: 'a.backup' } } }, "at '/backup/restore/existingSecret'"],
    ['that is no file of the folder', { backup: { restore: { file: '../a' } } }, "at '/backup/restore/file'"],
    ['that is missing: the log', { kurrentdb: { enabled: true } }, "at '/kurrentdb/existingSecret'"],
    [
      'that is missing: a role',
      { agents: { mine: { kind: 'command' } } },
      'agents.mine is in no table: say its kind and its role',
    ],
    ['of no kind', { agents: { mine: { kind: 'robot', role: 'x' } } }, 'agents.mine.kind must be one of command'],
  ])('%s is refused, with its path', (_what, values, expected) => {
    const { status, stderr } = helmTemplate(values);
    expect(status).not.toBe(0);
    expect(stderr).toContain(expected);
  });
});

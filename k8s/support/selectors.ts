import { containersOf, find, nameOf, ofKind, podTemplates, type KubernetesObject, type Labels } from './objects.js';

interface Selector {
  matchLabels?: Labels;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

/** @throws Error for an operator that the chart does not use */
export function matches({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Labels): boolean {
  const equal = Object.entries(matchLabels).every(([key, value]) => labels[key] === value);
  return (
    equal &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      if (operator !== 'In') throw new Error(`${operator} is not known here`);
      return values.includes(labels[key] ?? '');
    })
  );
}

/** Whatever points to something that is not there: selectors without a pod, references without an object, ports without a name. */
export function danglingReferences(objects: readonly KubernetesObject[]): string[] {
  const pods = podTemplates(objects);
  const problems: string[] = [];
  const needPod = (object: KubernetesObject, selector: Selector) => {
    const found = pods.filter(({ metadata }) => matches(selector, metadata.labels));
    if (found.length === 0) problems.push(`${nameOf(object)} selects no pod`);
    return found;
  };
  const needObject = (from: string, name: string) => {
    if (!objects.some((object) => nameOf(object) === name)) problems.push(`${from} names ${name}, which is not there`);
  };
  for (const object of objects) {
    const { kind, spec } = object;
    if (['Deployment', 'StatefulSet'].includes(kind) && !matches(spec.selector, spec.template.metadata.labels))
      problems.push(`${nameOf(object)} does not select its own pods`);
    if (kind === 'PodDisruptionBudget') needPod(object, spec.selector);
    // Of another namespace: workers make its pods.
    const elsewhere = pods.every(({ of }) => find(objects, of).metadata.namespace !== object.metadata.namespace);
    if (kind === 'NetworkPolicy' && !elsewhere) needPod(object, spec.podSelector);
    if (kind === 'Service')
      for (const pod of needPod(object, { matchLabels: spec.selector }))
        for (const { targetPort } of spec.ports)
          if (
            !pod.spec.containers.some(({ ports = [] }: { ports?: { name: string }[] }) =>
              ports.some(({ name }) => name === targetPort),
            )
          )
            problems.push(`${nameOf(object)} leads to the port ${targetPort}, which ${pod.of} has not`);
    if (
      kind === 'ServiceMonitor' &&
      !ofKind(objects, 'Service').some(({ metadata }) => matches(spec.selector, metadata.labels ?? {}))
    )
      problems.push(`${nameOf(object)} selects no Service`);
    if (kind === 'StatefulSet') needObject(nameOf(object), `Service ${spec.serviceName}`);
    if (kind === 'ScaledObject') needObject(nameOf(object), `Deployment ${spec.scaleTargetRef.name}`);
    if (kind === 'HorizontalPodAutoscaler') needObject(nameOf(object), `${spec.scaleTargetRef.kind} ${spec.scaleTargetRef.name}`);
    if (kind === 'RoleBinding') {
      const { roleRef, subjects } = object as unknown as { roleRef: Ref; subjects: Ref[] };
      for (const { kind, name } of [roleRef, ...subjects]) needObject(nameOf(object), `${kind} ${name}`);
    }
    if (kind === 'Ingress')
      for (const { http } of spec.rules)
        for (const { backend } of http.paths)
          needPort(objects, object, backend.service.name, backend.service.port.name, problems);
    if (kind === 'HTTPRoute')
      for (const { backendRefs } of spec.rules)
        for (const { name, port } of backendRefs) needPort(objects, object, name, port, problems);
  }
  for (const pod of pods) {
    const { of, spec } = pod;
    for (const { configMap } of spec.volumes.flatMap(sourcesOf)) if (configMap) needObject(of, `ConfigMap ${configMap.name}`);
    const volumes = spec.volumes.map(({ name }: Ref) => name);
    const claimed = find(objects, of).spec.volumeClaimTemplates ?? [];
    volumes.push(...claimed.map(({ metadata }: KubernetesObject) => metadata.name));
    for (const { name, volumeMounts } of containersOf(pod))
      for (const mount of volumeMounts)
        if (!volumes.includes(mount.name)) problems.push(`${name} of ${of} mounts ${mount.name}, which is no volume of it`);
  }
  return problems;
}

interface Ref {
  kind: string;
  name: string;
}

type Source = { configMap?: { name: string }; projected?: { sources: Source[] } };
const sourcesOf = (volume: Source): Source[] => volume.projected?.sources ?? [volume];

function needPort(
  objects: readonly KubernetesObject[],
  from: KubernetesObject,
  service: string,
  port: string | number,
  problems: string[],
): void {
  const found = ofKind(objects, 'Service').find(({ metadata }) => metadata.name === service);
  if (!found) problems.push(`${nameOf(from)} names Service ${service}, which is not there`);
  else if (!found.spec.ports.some((one: { name: string; port: number }) => one.name === port || one.port === port))
    problems.push(`${nameOf(from)} names the port ${port}, which Service ${service} has not`);
}

import { ofKind, type KubernetesObject, type Loose } from '../../support/objects.js';
import { matches } from '../../support/selectors.js';
import type { Reachable } from './network.js';
import { DOMAIN, type Pod } from './pod.js';

export const [API_ADDRESS, API_PORT] = ['10.43.0.1', 443];

/** Addresses of Services: each keeps its own. */
export class ServiceAddresses {
  private readonly given = new Map<string, string>();

  of({ metadata }: KubernetesObject): string {
    const name = `${metadata.namespace}/${metadata.name}`;
    const n = this.given.size;
    const address = this.given.get(name) ?? `10.43.${1 + (n >> 8)}.${n & 255}`;
    this.given.set(name, address);
    return address;
  }
}

/** Where Services lead now: to pods that are ready and not on their way out. */
export function reachable(objects: readonly KubernetesObject[], pods: readonly Pod[], addresses: ServiceAddresses): Reachable {
  const found: Reachable = { services: {}, names: { [`kubernetes.default.svc.${DOMAIN}`]: [API_ADDRESS] } };
  for (const service of ofKind(objects, 'Service')) {
    const { metadata, spec } = service;
    const name = `${metadata.name}.${metadata.namespace}.svc.${DOMAIN}`;
    const ends = pods.filter(
      (pod) =>
        pod.template.namespace === metadata.namespace &&
        matches({ matchLabels: spec.selector }, pod.template.labels) &&
        ((spec.publishNotReadyAddresses && pod.phase === 'Running') || pod.ready),
    );
    const there = ends.filter(({ terminating }) => !terminating);
    if (spec.clusterIP === 'None') {
      found.names[name] = there.map(({ address }) => address);
      for (const { template, address } of there)
        if (template.spec.subdomain === metadata.name) found.names[`${template.spec.hostname}.${name}`] = [address];
      continue;
    }
    const own = addresses.of(service);
    found.names[name] = [own];
    for (const port of spec.ports)
      found.services[`${own}:${port.port}`] = there.map((pod) => `${pod.address}:${targetOf(port, pod)}`);
  }
  return found;
}

function targetOf({ port, targetPort = port }: Loose, { template }: Pod): number {
  if (typeof targetPort === 'number') return targetPort;
  const ports = template.spec.containers.flatMap(({ ports = [] }: Loose) => ports);
  return ports.find(({ name }: Loose) => name === targetPort).containerPort;
}

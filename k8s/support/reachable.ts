import { ofKind, type KubernetesObject, type Labels } from './objects.js';
import { matches } from './selectors.js';

interface Rule {
  ports?: { protocol?: string; port: number }[];
  to?: Peer[];
  from?: Peer[];
}
interface Peer {
  podSelector?: Parameters<typeof matches>[0];
  namespaceSelector?: Parameters<typeof matches>[0];
  ipBlock?: { cidr: string };
}
/** A pod by its labels; of another namespace with that one's labels, or outside of the cluster with neither. */
export interface End {
  labels?: Labels;
  /** Undefined: the installation's own. */
  namespace?: Labels;
}

/** Whether NetworkPolicies let a TCP connection through: out of the one pod and into the other. */
export function reaches(objects: readonly KubernetesObject[], from: End, to: End, port: number): boolean {
  return passes(objects, 'Egress', from, to, port) && passes(objects, 'Ingress', to, from, port);
}

function passes(
  objects: readonly KubernetesObject[],
  direction: 'Ingress' | 'Egress',
  own: End,
  other: End,
  port: number,
): boolean {
  if (!own.labels) return true; // nobody's pod
  const selecting = ofKind(objects, 'NetworkPolicy').filter(
    ({ metadata, spec }) =>
      metadata.namespace === namespaceOf(objects, own)[NAME] &&
      spec.policyTypes.includes(direction) &&
      matches(spec.podSelector, own.labels!),
  );
  if (selecting.length === 0) return true;
  const rules = selecting.flatMap(({ spec }): Rule[] => spec[direction.toLowerCase()] ?? []);
  return rules.some(({ ports, to, from }) => {
    const peers = direction === 'Egress' ? to : from;
    const portFits = !ports || ports.some((one) => (one.protocol ?? 'TCP') === 'TCP' && one.port === port);
    return portFits && (!peers || peers.some((peer) => isPeer(peer, other, objects, own)));
  });
}

function isPeer(
  { podSelector, namespaceSelector, ipBlock }: Peer,
  other: End,
  objects: readonly KubernetesObject[],
  own: End,
): boolean {
  if (ipBlock) return !other.labels && ipBlock.cidr === '0.0.0.0/0';
  if (!other.labels) return false;
  const [there, here] = [namespaceOf(objects, other), namespaceOf(objects, own)];
  if (namespaceSelector ? !matches(namespaceSelector, there) : there[NAME] !== here[NAME]) return false;
  return !podSelector || matches(podSelector, other.labels);
}

const NAME = 'kubernetes.io/metadata.name';
const namespaceOf = (objects: readonly KubernetesObject[], { namespace }: End): Labels =>
  namespace ?? { [NAME]: ofKind(objects, 'Deployment')[0]!.metadata.namespace! };

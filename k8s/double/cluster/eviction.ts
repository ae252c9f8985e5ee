import type { KubernetesObject, Labels, Loose } from '../../support/objects.js';
import { matches } from '../../support/selectors.js';

/** A pod as a PodDisruptionBudget counts it. */
export interface Counted {
  template: { namespace: string; labels: Labels };
  ready: boolean;
}

/**
 * Whether the eviction API lets a pod go now: of every budget that selects it, so many others stay ready as it asks for.
 * @param wanted how many pods there are to be of those that a budget selects
 */
export function mayEvict<P extends Counted>(
  pod: P,
  pods: readonly P[],
  budgets: readonly KubernetesObject[],
  wanted: (selected: readonly P[]) => number,
): boolean {
  return budgets.every(({ metadata, spec }) => {
    const selects = ({ template }: P) => template.namespace === metadata.namespace && matches(spec.selector, template.labels);
    if (!selects(pod) || (!pod.ready && spec.unhealthyPodEvictionPolicy === 'AlwaysAllow')) return true;
    const selected = pods.filter(selects);
    const healthy = selected.filter(({ ready }) => ready).length;
    return healthy - (pod.ready ? 1 : 0) >= least(spec, wanted(selected));
  });
}

function least({ minAvailable, maxUnavailable }: Loose, wanted: number): number {
  const given: unknown = minAvailable ?? maxUnavailable;
  if (typeof given !== 'number') throw new Error(`the cluster's double does not know a budget of ${JSON.stringify(given)}`);
  return minAvailable === undefined ? wanted - given : given;
}

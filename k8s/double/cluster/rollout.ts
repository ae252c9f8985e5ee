/** A pod that is not on its way out. */
export interface Standing {
  /** Of the present template. */
  current: boolean;
  ready: boolean;
  /** The larger the younger. */
  made: number;
}

export interface Strategy {
  replicas: number;
  maxSurge: number;
  maxUnavailable: number;
}

/** Of pods: a number, or so many per cent of the replicas. */
type Amount = number | string;

/** `25%` of the replicas, as a Deployment counts: surge is rounded up, what may be missing is rounded down, never both 0. */
export function strategyOf(replicas: number, given: { maxSurge?: Amount; maxUnavailable?: Amount } = {}): Strategy {
  const { maxSurge = '25%', maxUnavailable = '25%' } = given;
  const amount = (value: Amount, round: (value: number) => number) =>
    typeof value === 'number' ? value : round((Number(value.replace('%', '')) / 100) * replicas);
  const strategy = { replicas, maxSurge: amount(maxSurge, Math.ceil), maxUnavailable: amount(maxUnavailable, Math.floor) };
  return strategy.maxSurge === 0 && strategy.maxUnavailable === 0 ? { ...strategy, maxUnavailable: 1 } : strategy;
}

/** The next step of a Deployment: how many pods it makes, and which it gives up. */
export function nextStep<P extends Standing>({ replicas, maxSurge, maxUnavailable }: Strategy, pods: readonly P[]) {
  const current = pods.filter((pod) => pod.current).sort(firstToGo);
  const old = pods.filter((pod) => !pod.current).sort(firstToGo);
  const make = Math.max(0, Math.min(replicas - current.length, replicas + maxSurge - pods.length));
  const tooMany = current.slice(0, Math.max(0, current.length - replicas));
  if (old.length === 0) return { make, remove: tooMany };
  // So many have to be there; what is not ready may go first, as far as the new ones are not missing themselves.
  const least = replicas - maxUnavailable;
  const missing = current.filter(({ ready }) => !ready).length;
  const unready = old.filter(({ ready }) => !ready).slice(0, Math.max(0, pods.length - least - missing));
  const spare = Math.max(0, pods.filter(({ ready }) => ready).length - least);
  return { make, remove: [...tooMany, ...unready, ...old.filter(({ ready }) => ready).slice(0, spare)] };
}

/** Those that are not ready first, then the youngest. */
const firstToGo = (one: Standing, other: Standing): number => Number(one.ready) - Number(other.ready) || other.made - one.made;

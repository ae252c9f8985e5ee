import { describe, expect, it } from '@jest/globals';
import { nextStep, strategyOf, type Standing } from '../../double/cluster/rollout.js';

const pod = (current: boolean, ready: boolean, made = 0): Standing => ({ current, ready, made });
const [old, fresh] = [false, true];

describe('a strategy', () => {
  it.each([
    [10, {}, { maxSurge: 3, maxUnavailable: 2 }],
    [1, {}, { maxSurge: 1, maxUnavailable: 0 }],
    [4, { maxSurge: 1, maxUnavailable: 0 }, { maxSurge: 1, maxUnavailable: 0 }],
    [3, { maxSurge: 0, maxUnavailable: '25%' }, { maxSurge: 0, maxUnavailable: 1 }],
  ])('of %d replicas and %j counts as a Deployment does', (replicas, given, expected) => {
    expect(strategyOf(replicas, given)).toEqual({ replicas, ...expected });
  });
});

describe('the next step of a Deployment', () => {
  const careful = { replicas: 2, maxSurge: 1, maxUnavailable: 0 };

  it('makes what is missing', () => {
    expect(nextStep(careful, [])).toEqual({ make: 2, remove: [] });
    expect(nextStep(careful, [pod(fresh, true)])).toEqual({ make: 1, remove: [] });
  });

  it('makes one more for a new template, and gives up no old one before it is ready', () => {
    const both = [pod(old, true, 1), pod(old, true, 2)];
    expect(nextStep(careful, both)).toEqual({ make: 1, remove: [] });
    expect(nextStep(careful, [...both, pod(fresh, false, 3)])).toEqual({ make: 0, remove: [] });
    expect(nextStep(careful, [...both, pod(fresh, true, 3)])).toEqual({ make: 0, remove: [both[1]] });
  });

  it('gives up old ones that are not ready at once, as far as nothing is missed', () => {
    const pods = [pod(old, true, 1), pod(old, false, 2)];
    expect(nextStep(careful, pods).remove).toEqual([]);
    expect(nextStep(careful, [...pods, pod(fresh, true, 3)]).remove).toEqual([pods[1]]);
  });

  it('may miss so many as it was told', () => {
    const pods = [pod(old, true, 1), pod(old, true, 2), pod(old, true, 3)];
    expect(nextStep({ replicas: 3, maxSurge: 0, maxUnavailable: 1 }, pods)).toEqual({ make: 0, remove: [pods[2]] });
  });

  it('gives up the youngest of too many, those that are not ready first', () => {
    const pods = [pod(fresh, true, 1), pod(fresh, false, 2), pod(fresh, true, 3)];
    expect(nextStep({ ...careful, replicas: 1 }, pods).remove).toEqual([pods[1], pods[2]]);
  });
});

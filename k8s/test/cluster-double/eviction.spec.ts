import { describe, expect, it } from '@jest/globals';
import { mayEvict } from '../../double/cluster/eviction.js';
import { Nodes } from '../../double/cluster/nodes.js';
import type { KubernetesObject, Loose } from '../../support/objects.js';

const budget = (spec: Loose): KubernetesObject => ({
  ...{ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'web', namespace: 'default' } },
  spec: { selector: { matchLabels: { app: 'web' } }, ...spec },
});
const pod = (ready: boolean, app = 'web', namespace = 'default') => ({ template: { namespace, labels: { app } }, ready });
const [up, down] = [true, false];

describe('a pod may be evicted', () => {
  const may = (spec: Loose, readies: boolean[], wanted = readies.length) => {
    const pods = [...readies.map((ready) => pod(ready)), pod(up, 'other'), pod(up, 'web', 'elsewhere')];
    return mayEvict(pods[0]!, pods, [budget(spec)], () => wanted);
  };

  it('while not more than so many are missing of those that there are to be', () => {
    expect(may({ maxUnavailable: 1 }, [up, up])).toBe(true);
    expect(may({ maxUnavailable: 1 }, [up, down])).toBe(false);
    expect(may({ maxUnavailable: 1 }, [up, up], 3)).toBe(false);
    expect(may({ maxUnavailable: 0 }, [up, up])).toBe(false);
  });

  it('while so many stay', () => {
    expect(may({ minAvailable: 1 }, [up, up])).toBe(true);
    expect(may({ minAvailable: 2 }, [up, up])).toBe(false);
  });

  it('that is not ready itself, where the budget says so, or others are enough', () => {
    expect(may({ maxUnavailable: 1 }, [down, up])).toBe(true);
    expect(may({ maxUnavailable: 0 }, [down, up])).toBe(false);
    expect(may({ maxUnavailable: 0, unhealthyPodEvictionPolicy: 'AlwaysAllow' }, [down, up])).toBe(true);
  });

  it('at any time where no budget selects it, and a budget in per cent is not known', () => {
    expect(mayEvict(pod(up, 'other'), [], [budget({ maxUnavailable: 0 })], () => 1)).toBe(true);
    expect(() => may({ maxUnavailable: '50%' }, [up, up])).toThrow('does not know a budget of "50%"');
  });
});

describe('a pod is put', () => {
  const on = (nodeName: string, owner: string) => ({ template: { nodeName, owner } });

  it('where the fewest of its owner are, then the fewest at all', () => {
    const nodes = new Nodes(['one', 'two']);
    expect(nodes.for('web', [])).toBe('one');
    expect(nodes.for('web', [on('one', 'other')])).toBe('two');
    expect(nodes.for('web', [on('one', 'other'), on('one', 'other'), on('two', 'web')])).toBe('one');
  });

  it('on no node that is cordoned', () => {
    const nodes = new Nodes(['one', 'two']);
    nodes.cordon('one');
    expect(nodes.for('web', [on('two', 'web')])).toBe('two');
    nodes.cordon('two');
    expect(() => nodes.for('web', [])).toThrow('All nodes are cordoned');
    nodes.uncordon('one');
    expect(nodes.for('web', [])).toBe('one');
    expect(() => nodes.cordon('three')).toThrow('There is no node three, but one, two.');
  });
});

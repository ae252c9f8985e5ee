import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SwarmFixture } from './swarm-fixture.js';

const diamond = `workflow: diamond
title: Diamond
tasks:
  - {id: a, role: check}
  - {id: b, role: check, needs: [a]}
  - {id: c, role: check, needs: [a]}
  - {id: d, role: check, needs: [b, c]}
`;

let swarm: SwarmFixture;

beforeAll(async () => {
  swarm = await SwarmFixture.start();
});

afterAll(async () => {
  await swarm?.stop();
});

describe('two processes of the service', () => {
  it('share the work, and one goes on when the other ends in the middle', async () => {
    const other = await swarm.replica();
    await swarm.publish('diamond', diamond);
    await swarm.register('worker-a', ['check']);
    await swarm.register('worker-b', ['check']);
    const done = new AbortController();
    const workers = [swarm.serve('worker-a', 'check', done.signal), swarm.serve('worker-b', 'check', done.signal)];
    const runs = await Promise.all(Array.from({ length: 12 }, () => swarm.run('diamond')));
    await swarm.recorded(runs[0]!, 'TaskLeased(a,1)');
    const stopped = other.stop();
    for (const runId of runs) {
      const history = await swarm.recorded(runId, 'RunSucceeded');
      // Whatever the interleaving: each step once, in an order that the graph allows.
      for (const task of ['a', 'b', 'c', 'd']) {
        for (const name of [`TaskScheduled(${task},1)`, `TaskLeased(${task},1)`, `TaskSucceeded(${task},1)`]) {
          expect(history.filter((entry) => entry === name)).toHaveLength(1);
        }
      }
      expect(history.filter((name) => name.startsWith('Task')).length).toBe(13);
      expect(history.indexOf('TaskScheduled(d,1)')).toBeGreaterThan(history.indexOf('TaskSucceeded(b,1)'));
      expect(history.indexOf('TaskScheduled(d,1)')).toBeGreaterThan(history.indexOf('TaskSucceeded(c,1)'));
    }
    done.abort();
    await Promise.all([...workers, stopped]);
  });
});

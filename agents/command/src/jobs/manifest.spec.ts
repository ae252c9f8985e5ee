import { describe, expect, it } from '@jest/globals';
import { newId } from '@agencyos/contracts';
import { jobName, taskLabel } from './manifest.js';

const runId = newId();
const task = (taskId: string, attempt: number) => ({ runId, taskId, attempt, role: 'check', leaseMs: 1, timeoutMs: 1 });
const attempts = [
  task('checks', 1),
  task('checks/1', 1),
  task('checks', 11),
  task('checks/1', 2),
  task('a/b#2[3].c'.repeat(20), 1),
];

describe('of an attempt in a group', () => {
  it('the name is one that Kubernetes takes, and of no other attempt', () => {
    const names = attempts.map(jobName);
    for (const name of names) expect(name).toMatch(/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/);
    expect(new Set(names).size).toBe(attempts.length);
  });

  it('the label is a value that Kubernetes takes, the same for all attempts of a task', () => {
    for (const one of attempts) expect(taskLabel(one)).toMatch(/^[a-z0-9]{1,63}$/);
    expect(new Set(attempts.map(taskLabel)).size).toBe(3);
  });
});

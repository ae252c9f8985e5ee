import { describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { publishQueueFigures } from './queue-figures.js';

function figuresOf(list: () => Promise<unknown>, roles: string[] = []) {
  const registry = new Registry();
  publishQueueFigures({ registry }, { of: () => ({ list }) } as never, roles);
  return async () => (await registry.metrics()).split('\n').filter((line) => line && !line.startsWith('#'));
}

describe('the figures that workers are scaled on', () => {
  it('are, of each role, the tasks that wait and those that are worked at', async () => {
    const rows = [
      ['role/check', { role: 'check', depth: 2, held: 3 }],
      ['role/notes', { role: 'notes', depth: 1 }],
    ];
    expect(await figuresOf(async () => rows)()).toEqual([
      'agencyos_tasks{role="check",state="ready"} 2',
      'agencyos_tasks{role="check",state="leased"} 3',
      'agencyos_tasks{role="notes",state="ready"} 1',
      'agencyos_tasks{role="notes",state="leased"} 0',
      'agencyos_tasks_open{role="check"} 5',
      'agencyos_tasks_open{role="notes"} 1',
    ]);
  });

  it('are 0 of a role of the installation that never had a task', async () => {
    expect(await figuresOf(async () => [], ['check'])()).toContain('agencyos_tasks_open{role="check"} 0');
  });

  it('are not there while the database is away, instead of old ones', async () => {
    let away = false;
    const figures = figuresOf(async () => {
      if (away) throw new Error('away');
      return [['role/check', { role: 'check', depth: 1 }]];
    });
    expect(await figures()).toHaveLength(3);
    away = true;
    expect(await figures()).toEqual([]);
  });
});

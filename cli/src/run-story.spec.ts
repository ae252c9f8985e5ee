import { describe, expect, it } from '@jest/globals';
import { story } from './run-story.js';

const run = (state: string, more = {}) => ({
  run: {
    name: 'Release check',
    state,
    startedAt: '2026-01-01T00:00:00.000Z',
    endedAt: '2026-01-01T00:00:05.100Z',
    ...more,
  },
});
const attempt = (n: number, outcome: string, more = {}) => ({
  ...{ attempt: n, role: 'check', holder: 'agent:command-1', outcome },
  ...{ startedAt: '2026-01-01T00:00:01.000Z', endedAt: '2026-01-01T00:00:02.500Z' },
  ...more,
});
const task = (taskId: string, state: string, attempts: object[] = [], more = {}) => ({
  [`task/${taskId}`]: {
    taskId,
    title: `The ${taskId}`,
    kind: 'task',
    state,
    attempts,
    handoffs: [],
    ...more,
  },
});

describe('the story of a run', () => {
  it('begins and ends', () => {
    expect(story({}, { ...run('running'), ...task('lint', 'planned') })).toEqual(['Release check runs: 1 tasks']);
    expect(story(run('running'), run('succeeded'))).toEqual(['Run succeeded after 5.1 s']);
    expect(story(run('running'), run('failed', { fault: { message: 'lint failed' } }))).toEqual([
      'Run failed after 5.1 s: lint failed',
    ]);
  });

  it('tells who takes what and when it is done, the ends first', () => {
    const before = {
      ...run('running'),
      ...task('a', 'planned'),
      ...task('b', 'leased', [attempt(1, 'running')]),
    };
    const after = {
      ...run('running'),
      ...task('a', 'leased', [attempt(1, 'running')]),
      ...task('b', 'succeeded', [attempt(1, 'succeeded')]),
    };
    expect(story(before, after)).toEqual(['✓ The b (1.5 s)', '▶ The a: command-1']);
    expect(story(after, after)).toEqual([]);
  });

  it('misses nothing that was passed over', () => {
    const after = task('lint', 'succeeded', [
      attempt(1, 'lost'),
      attempt(2, 'failed', { note: 'exit code 1' }),
      attempt(3, 'succeeded'),
    ]);
    expect(story(task('lint', 'ready'), after)).toEqual([
      '▶ The lint: command-1',
      '! The lint: command-1 fell silent',
      '▶ The lint: command-1, attempt 2',
      '✗ The lint: attempt 2 failed: exit code 1',
      '▶ The lint: command-1, attempt 3',
      '✓ The lint (1.5 s)',
    ]);
  });

  it('tells of handoffs and gates', () => {
    const handoffs = [{ fromRole: 'notes', toRole: 'reviewer', reason: 'breaking', hop: 1, at: '' }];
    const running = task('notes', 'leased', [attempt(1, 'running')]);
    expect(story(running, task('notes', 'ready', [attempt(1, 'handed_off')], { handoffs }))).toEqual([
      '↪ The notes: handed off from notes to reviewer: breaking',
    ]);
    const gate = (state: string) => task('approve', state, [], { kind: 'gate' });
    expect(story(gate('planned'), gate('waiting'))).toEqual(['◆ The approve: waits for a person']);
    expect(story(gate('waiting'), gate('succeeded'))).toEqual(['✓ The approve: approved']);
    expect(story(gate('waiting'), gate('failed'))).toEqual(['✗ The approve: not approved']);
  });

  it('lets nothing through that a terminal would obey', () => {
    const evil = {
      'task/x': {
        taskId: 'x',
        title: '\u001b[2Jgone\u202e',
        kind: 'task',
        state: 'skipped',
        attempts: [],
        handoffs: [],
      },
    };
    expect(story({}, evil)).toEqual(['– [2Jgone: skipped']);
  });
});

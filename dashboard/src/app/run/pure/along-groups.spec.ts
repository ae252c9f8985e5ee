import { describe, expect, it } from '@jest/globals';
import { task } from '../../../test/rows';
import { alongGroups } from './along-groups';

const inside = (group: string, taskId: string, needs: string[] = []) =>
  task(`${group}/${taskId}`, needs, { within: group } as never);
const followed = (tasks: Parameters<typeof alongGroups>[0]) =>
  Object.fromEntries(alongGroups(tasks).map(({ taskId, needs }) => [taskId, needs]));

describe('what a task follows', () => {
  it('without groups is what it needs', () => {
    expect(followed([task('a', []), task('b', ['a'])])).toEqual({ a: [], b: ['a'] });
  });

  it('in a group is what the group needs, and the group follows what ends in it', () => {
    const tasks = [
      task('a', []),
      task('g', ['a']),
      inside('g', 'x'),
      inside('g', 'y', ['g/x']),
      inside('g', 'z'),
      task('b', ['g']),
    ];
    expect(followed(tasks)).toEqual({
      a: [],
      ...{ 'g/x': ['a'], 'g/y': ['g/x'], 'g/z': ['a'] },
      g: ['g/y', 'g/z'],
      b: ['g'],
    });
  });

  it('in a group of a group is what the outer one needs', () => {
    const tasks = [task('a', []), task('g', ['a']), inside('g', 'h'), inside('g/h', 'x')];
    expect(followed(tasks)).toEqual({ a: [], g: ['g/h'], 'g/h': ['g/h/x'], 'g/h/x': ['a'] });
  });

  it('is nothing in a group that has not planned its tasks yet but what the group needs', () => {
    expect(followed([task('a', []), task('g', ['a'])])).toEqual({ a: [], g: ['a'] });
  });
});

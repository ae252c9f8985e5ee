import { allCommands, allEvents, allViews, describeCommand } from '@agencyos/contracts';
import { describe, expect, it } from '@jest/globals';
import { belongsOfFields, belongsOfStream, ROWS, STREAMS } from './belongs-to.js';

/** Ids in commands by which nothing is seen that belongs to a board: of what is inside what another field names, of people, of the installation. */
const NEUTRAL = new Set([
  ...['cardId', 'toColumnId', 'beforeId', 'afterId', 'laneId', 'seenColumnId', 'requestId', 'importId', 'fromBoardId'],
  ...['taskId', 'workflowId', 'agentId', 'policyId', 'userId', 'groupId', 'tokenId', 'batchId', 'forUserId', 'instanceId'],
  ...['targetId', 'monitorId', 'runbookId', 'breachId', 'stepId', 'replacesId'],
]);

describe('what a thing belongs to', () => {
  it('is said of every view and of every stream: a new one is refused until somebody says it', () => {
    expect(Object.keys(ROWS).toSorted()).toEqual(allViews.map(({ kind }) => kind).toSorted());
    expect(Object.keys(STREAMS).toSorted()).toEqual([...new Set(allEvents.map(({ aggregate }) => aggregate))].toSorted());
    expect(belongsOfStream('letter-1')).toBeUndefined();
  });

  it('is known of every field of a command that names something', () => {
    const types = allCommands.flatMap((set) => Object.keys(set.types));
    const fields = new Set(types.flatMap((type) => Object.keys((describeCommand(type)!.data as { shape?: object }).shape ?? {})));
    const unknown = [...fields]
      .filter((field) => field.endsWith('Id') && !NEUTRAL.has(field))
      .filter((field) => belongsOfFields({ [field]: 'x' }).length === 0);
    expect(unknown).toEqual([]);
  });

  it('is the board of its run, of an approval that of what it was asked for', () => {
    const origin = { kind: 'run', id: 'r' };
    expect(ROWS['inbox']!('all', 'approval/a', { origin })).toEqual({ run: 'r' });
    expect(ROWS['approval']!('a', 'approval', { origin: { kind: 'repair', id: 'p' } })).toBe('operations');
    expect(ROWS['queues']!('all', 'ready/r/t', { runId: 'r' })).toEqual({ run: 'r' });
    expect(ROWS['queues']!('all', 'role/check', { depth: 1 })).toBe('nobody');
    expect(ROWS['run-list']!('all', 'run/r', { runId: 'r' })).toBe('nobody');
  });
});

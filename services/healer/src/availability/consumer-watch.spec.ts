import { beforeEach, describe, expect, it } from '@jest/globals';
import { ConsumerWatch } from './consumer-watch.js';

const WALL = Date.parse('2026-03-01T12:00:30.000Z');
const parked = (cause = 'BoardOpened of board-1: refused') => [
  { consumer: 'board', position: '7', lag: 3, parked: 1, trouble: { why: 'parked', since: '2026-03-01T12:00:00.000Z', cause } },
];

let watch: ConsumerWatch;
const expected = (breached: boolean) => watch.expect('kanban', { monitorId: 'kanban-consumers', clearForMs: 5_000, breached });
beforeEach(() => {
  watch = new ConsumerWatch();
  expected(false);
});

describe('what a service says of its consumers (fault 4)', () => {
  it('is a breach since it began, with what it is about, until the monitor knows it', () => {
    watch.heard('kanban', 'one', parked(), 1_000);
    expect(watch.look(1_250, WALL)).toEqual([
      {
        ...{ monitorId: 'kanban-consumers', state: 'breached', sinceAgoMs: 30_000, missed: 1, instances: ['one'] },
        window: 'board parked facts: BoardOpened of board-1: refused',
      },
    ]);
    expected(true);
    expect(watch.look(1_500, WALL)).toEqual([]);
  });

  it('is cleared by five good seconds', () => {
    expected(true);
    watch.heard('kanban', 'one', undefined, 1_000);
    expect(watch.look(1_000, WALL)).toEqual([]);
    watch.heard('kanban', 'one', undefined, 5_500);
    expect(watch.look(6_000, WALL)).toMatchObject([{ state: 'clear', sinceAgoMs: 5_000 }]);
  });

  it('is not cleared by silence, nor by a replica that runs other consumers', () => {
    expected(true);
    expect(watch.look(60_000, WALL)).toEqual([]);
    for (const at of [60_000, 66_000]) {
      watch.heard('kanban', 'one', parked(), at);
      watch.heard('kanban', 'two', undefined, at);
      expect(watch.look(at, WALL)).toEqual([]);
    }
  });

  it('of one that is gone counts no more once another has taken over', () => {
    expected(true);
    watch.heard('kanban', 'one', parked(), 0);
    watch.heard('kanban', 'two', undefined, 11_000);
    expect(watch.look(11_000, WALL)).toEqual([]);
    watch.heard('kanban', 'two', undefined, 16_000);
    expect(watch.look(16_000, WALL)).toMatchObject([{ state: 'clear' }]);
  });

  it('of one that says that it leaves counts no more at once', () => {
    expected(true);
    watch.heard('kanban', 'one', parked(), 0);
    watch.heard('kanban', 'two', undefined, 0);
    watch.left('kanban', 'one');
    expect(watch.look(0, WALL)).toEqual([]);
    watch.heard('kanban', 'two', undefined, 5_000);
    expect(watch.look(5_000, WALL)).toMatchObject([{ state: 'clear' }]);
  });

  it('that cannot be understood, or of a service that nobody watches, says nothing; a long cause is cut', () => {
    watch.heard('kanban', 'one', [{ consumer: 7 }], 0);
    watch.heard('other', 'one', parked(), 0);
    expect(watch.look(0, WALL)).toEqual([]);
    watch.heard('kanban', 'one', parked('x'.repeat(5_000)), 1);
    expect(watch.look(1, WALL)[0]!.window).toHaveLength(190);
  });
});

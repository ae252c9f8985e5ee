import type { Column } from '@agencyos/contracts';
import { describe, expect, it } from '@jest/globals';
import { COLUMNS, card, column, ofTask } from '../../../test/rows';
import { dropOutcome } from './move-rules';
import type { Wip } from './placement';

const free: Wip = { state: 'none', limit: 0, over: 0 };
const full: Wip = { state: 'at', limit: 2, over: 0 };
const [todo, doing, , done] = COLUMNS as [Column, Column, Column, Column];
const cancelled = column('cancelled', 'cancelled', 'e');

describe('dropping a person’s own card', () => {
  it('moves it', () => expect(dropOutcome(card('a', 'todo', 'a'), done, free).kind).toBe('move'));

  it('is refused by a full column, with what to do', () => {
    expect(dropOutcome(card('a', 'todo', 'a'), doing, full)).toEqual({
      kind: 'refuse',
      refusal: { title: 'doing is full', detail: '2 of 2. Finish or move a card first.' },
    });
  });

  it('is allowed inside the full column, and where the limit only warns', () => {
    expect(dropOutcome(card('a', 'doing', 'a'), doing, full).kind).toBe('move');
    expect(dropOutcome(card('a', 'todo', 'a'), { ...doing, wipMode: 'warn' }, full).kind).toBe('move');
  });
});

describe('dropping a card that mirrors work', () => {
  it('asks a running task to start again, which stops its attempt', () => {
    expect(dropOutcome(card('a', 'doing', 'a', ofTask('lint')), todo, free)).toEqual({
      kind: 'ask',
      wants: 'requeue',
      stopsAttempt: true,
    });
  });

  it('asks a failed one to start again, even in the column where it stands', () => {
    const failed = card(
      'a',
      'todo',
      'a',
      ofTask('lint', { blocked: { reason: 'x', failed: true, since: '' } } as never),
    );
    expect(dropOutcome(failed, todo, free)).toEqual({ kind: 'ask', wants: 'requeue', stopsAttempt: false });
  });

  it('asks to cancel what is not over', () => {
    expect(dropOutcome(card('a', 'todo', 'a', ofTask('lint')), cancelled, free)).toMatchObject({
      wants: 'cancel',
    });
    expect(dropOutcome(card('a', 'done', 'a', ofTask('lint')), cancelled, free).kind).toBe('refuse');
  });

  it('asks to resolve an incident', () => {
    const incident = card('a', 'doing', 'a', { source: { kind: 'incident', incidentId: 'i' } } as never);
    expect(dropOutcome(incident, done, free)).toMatchObject({ wants: 'resolve', stopsAttempt: false });
  });

  it('is refused where it would only pretend', () => {
    expect(dropOutcome(card('a', 'todo', 'a', ofTask('lint')), done, free)).toMatchObject({
      kind: 'refuse',
      refusal: { title: 'The card follows its task' },
    });
  });

  it('may be put in order inside its column', () => {
    expect(dropOutcome(card('a', 'todo', 'a', ofTask('lint')), todo, free).kind).toBe('move');
  });
});

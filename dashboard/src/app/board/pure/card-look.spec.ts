import type { InboxRow } from '@agencyos/contracts';
import { describe, expect, it } from '@jest/globals';
import { at, badge, card, ms, ofTask } from '../../../test/rows';
import { cardLook } from './card-look';

const running = badge('lint', 'leased', {
  attempt: 2,
  holder: 'agent:command-2',
  leaseMs: 6_000,
  leasedAt: at(0),
  startedAt: at(0),
});
const beat = (seconds: number, attempt = 2) => ({
  taskId: 'lint',
  attempt,
  at: at(seconds),
  holder: 'agent:command-2' as const,
  line: '3 of 9',
});

describe('a card', () => {
  it('of running work shows holder, lease, age, line, attempt and time', () => {
    const look = cardLook(
      card('a', 'doing', 'a', ofTask('lint')),
      { badge: running, progress: beat(10), listeningSince: ms(0) },
      ms(11),
    );
    expect(look).toMatchObject({
      state: 'progress',
      role: 'check',
      who: 'agent:command-2',
      beat: '1 s',
      line: '3 of 9',
      attempt: 2,
      time: '11 s',
      lease: { state: 'ok', share: 83 },
    });
  });

  it('of a skipped step says that it was not done, also in Done (fault 26)', () => {
    const facts = { badge: badge('deploy', 'skipped'), listeningSince: ms(0) };
    expect(cardLook(card('a', 'done', 'a', ofTask('deploy')), facts, ms(1))).toMatchObject({
      state: 'cancelled',
      stateWord: 'Skipped',
      note: { tone: 'blocked', text: 'Skipped, not done' },
    });
  });

  it('says when nobody has the role that it waits for (fault 25)', () => {
    const look = (roles?: Set<string>) =>
      cardLook(
        card('a', 'todo', 'a', ofTask('deploy')),
        { badge: badge('deploy', 'ready', { role: 'deployer' }), roles, listeningSince: ms(0) },
        ms(1),
      );
    expect(look(new Set(['check'])).note?.text).toBe(
      'Waits for an agent with role deployer: none is registered',
    );
    expect(look(new Set(['deployer'])).note).toBeUndefined();
    expect(look().note).toBeUndefined();
  });

  it('turns late above half of the lease, then lost', () => {
    const facts = { badge: running, progress: beat(10), listeningSince: ms(0) };
    expect(cardLook(card('a', 'doing', 'a', ofTask('lint')), facts, ms(13.5)).lease?.state).toBe('late');
    expect(cardLook(card('a', 'doing', 'a', ofTask('lint')), facts, ms(16)).beat).toBe('lost');
  });

  it('does not call a lease lost before it has listened', () => {
    const look = cardLook(
      card('a', 'doing', 'a', ofTask('lint')),
      { badge: running, listeningSince: ms(100) },
      ms(101),
    );
    expect(look.lease?.state).toBe('ok');
  });

  it('does not show the line of an attempt that is over', () => {
    const look = cardLook(
      card('a', 'doing', 'a', ofTask('lint')),
      { badge: running, progress: beat(10, 1), listeningSince: ms(10) },
      ms(11),
    );
    expect(look.line).toBeUndefined();
  });

  it('that waits for a person says how many votes are missing and how long is left', () => {
    const approval = {
      state: 'open',
      approvals: 0,
      need: 1,
      expiresAt: at(41 * 60 + 5),
      approvalId: 'x',
    } as InboxRow;
    const look = cardLook(
      card('a', 'review', 'a', ofTask('gate')),
      { badge: badge('gate', 'waiting', { role: undefined } as never), approval, listeningSince: 0 },
      ms(0),
    );
    expect(look).toMatchObject({
      state: 'waiting',
      role: 'gate',
      note: { tone: 'waiting', text: '0 of 1 approved, 41 min left', link: { path: ['/inbox', 'x'] } },
    });
  });

  it('that was asked for something says so until the answer, and then why not', () => {
    const pending = { requestId: 'q', wants: 'requeue', targetColumnId: 'todo', since: at(0) };
    const asked = card('a', 'doing', 'a', ofTask('lint', { pending } as never));
    expect(cardLook(asked, { listeningSince: 0 }, ms(1)).note?.text).toBe(
      'Asked to start again, no answer yet',
    );
    const declined = card(
      'a',
      'done',
      'a',
      ofTask('lint', { declined: { code: 'already_finished', at: at(0) } } as never),
    );
    expect(cardLook(declined, { listeningSince: 0 }, ms(1)).note?.text).toBe('The work was finished already');
    expect(cardLook(declined, { listeningSince: 0 }, ms(120)).note).toBeUndefined();
  });

  it('that is done keeps the time it took', () => {
    const done = badge('lint', 'succeeded', { startedAt: at(0), endedAt: at(8.4) });
    expect(
      cardLook(card('a', 'done', 'a', ofTask('lint')), { badge: done, listeningSince: 0 }, ms(900)),
    ).toMatchObject({
      state: 'done',
      settled: true,
      time: '8.4 s',
    });
  });

  it('of an incident follows it', () => {
    const source = { source: { kind: 'incident', incidentId: 'i' } } as never;
    expect(cardLook(card('a', 'doing', 'a', source), { listeningSince: 0 }, 0).state).toBe('healing');
    expect(cardLook(card('a', 'review', 'a', source), { listeningSince: 0 }, 0).state).toBe('waiting');
  });
});

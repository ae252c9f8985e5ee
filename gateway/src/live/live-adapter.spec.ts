import { LIVE_LIMITS } from '@agencyos/contracts';
import { describe, expect, it } from '@jest/globals';
import type { WebSocket } from 'ws';
import { makeRoom } from './live-adapter.js';
import { LiveSocket } from './live-socket.js';

function clients(people: number, strangers: number) {
  const ended: number[] = [];
  const all = Array.from({ length: people + strangers }, (_, n) => {
    const client = { terminate: () => ended.push(n) } as unknown as WebSocket;
    const socket = new LiveSocket(client);
    if (n < people) socket.caller = { principal: 'user:a' } as NonNullable<LiveSocket['caller']>;
    return client;
  });
  return { all, ended };
}

describe('the place for one more connection (fault 16)', () => {
  it.each([
    ['there is', 10, 10, true, []],
    ['strangers do not take from people', 500, LIVE_LIMITS.sockets / 2, true, [500]],
    ['people have taken', LIVE_LIMITS.sockets, 0, false, []],
    [
      'is the one of the oldest of too many strangers',
      LIVE_LIMITS.sockets / 2,
      LIVE_LIMITS.sockets / 2,
      true,
      [LIVE_LIMITS.sockets / 2],
    ],
  ])('%s', (_, people, strangers, room, gone) => {
    const { all, ended } = clients(people, strangers);
    expect(makeRoom(all)).toBe(room);
    expect(ended).toEqual(gone);
  });
});

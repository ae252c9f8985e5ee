import type { ArgumentsHost } from '@nestjs/common';
import { Rejection } from '@agencyos/decider';
import { expect, it } from '@jest/globals';
import { LiveSocket } from '../live/live-socket.js';
import { ProblemFilter } from './problem.filter.js';

it('a frame that is refused names the view and the window that it was about', () => {
  const sent: unknown[] = [];
  const client = { readyState: 1, bufferedAmount: 0, send: (frame: Buffer) => void sent.push(JSON.parse(frame.toString())) };
  new LiveSocket(client as never);
  const data = { window: 'w1', kind: 'run-list', id: 'all', limit: 1 };
  const ws = { getData: () => data, getClient: () => client, getPattern: () => 'window' };
  const host = { getType: () => 'ws', switchToWs: () => ws } as unknown as ArgumentsHost;
  new ProblemFilter({} as never, {} as never).catch(new Rejection('forbidden', { detail: 'no' }), host);
  expect(sent).toEqual([
    { event: 'error', data: { code: 'forbidden', detail: 'no', kind: 'run-list', id: 'all', window: 'w1' } },
  ]);
});

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ServerNats } from '@nestjs/microservices';
import type { Msg } from '@nats-io/transport-node';
import { CarefulServerNats } from './careful-server.js';

let read: string[];
let warned: object[];
let server: CarefulServerNats;
beforeEach(() => {
  [read, warned] = [[], []];
  jest.spyOn(ServerNats.prototype, 'handleMessage').mockImplementation(async (_, message) => {
    read.push((message as Msg).subject);
  });
  server = new CarefulServerNats({}, { warn: (fields: object) => void warned.push(fields) } as never);
});
afterEach(() => {
  jest.restoreAllMocks();
});

const say = (sender: string, bytes: number, reply = `_INBOX_${sender}.1`) => {
  const subject = `agencyos.cmd.swarm.run.${sender}`;
  return server.handleMessage(subject, { subject, reply, data: new Uint8Array(bytes) } as Msg);
};
const readOf = (sender: string) => read.filter((subject) => subject.endsWith(`.${sender}`)).length;

describe('requests', () => {
  it('of an agent are read as far as its share goes; those of other agents, and of services, all the same', async () => {
    jest.spyOn(performance, 'now').mockReturnValue(0); // all within one moment, however long this takes
    for (let n = 0; n < 1_000; n++) {
      await say('agent_loud', 900 * 1024);
      await say('gateway', 900 * 1024);
    }
    await say('agent_quiet', 900 * 1024);
    expect([readOf('agent_loud'), readOf('gateway'), readOf('agent_quiet')]).toEqual([9, 1_000, 1]);
  });

  it('that want their answer put elsewhere than into their own inbox are not read, and told of', async () => {
    await say('kanban', 10, '_INBOX_gateway.1');
    expect(read).toEqual([]);
    expect(warned).toMatchObject([{ reply: '_INBOX_gateway.1', security: true }]);
  });
});

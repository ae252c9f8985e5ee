import { describeCommand, LIMITS, newId, type CommandAnswer, type CommandMessage } from '@agencyos/contracts';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Bus } from '../messaging/bus.js';
import type { CommandHost } from './command-host.js';
import { Commands } from './commands.js';

let own: string[];
let handled: { message: CommandMessage; sender: string }[];
let requested: { subject: string; messages: CommandMessage[] }[];
let answer: (message: CommandMessage) => CommandAnswer;
let commands: Commands;

beforeEach(() => {
  [own, handled, requested] = [['CancelRun'], [], []];
  answer = ({ id }) => ({ id, stream: 'board-1', revision: 3, position: '9' });
  const host = {
    handles: (type: string) => own.includes(type),
    receive: async (message: CommandMessage, sender: string) => {
      handled.push({ message, sender });
      return answer(message);
    },
  } as unknown as CommandHost;
  const requestJson = async (subject: string, json: string) => {
    const messages = JSON.parse(json) as CommandMessage[];
    requested.push({ subject, messages });
    return messages.map(answer);
  };
  commands = new Commands('swarm', host, { requestJson } as unknown as Bus, 5_000);
});

const message = (type: string, data: Record<string, unknown> = {}): CommandMessage => ({ id: newId(), type, data });

describe('commands that are sent', () => {
  it('go to this process’s own aggregates directly, to others by the subject of theirs, and are answered in order', async () => {
    const messages = [message('MoveCards'), message('CancelRun'), message('RequestApproval'), message('AddCards')];
    const answers = await commands.send(messages);
    expect(answers.map(({ id }) => id)).toEqual(messages.map(({ id }) => id));
    expect(handled).toEqual([{ message: messages[1], sender: 'swarm' }]);
    expect(requested).toEqual([
      { subject: 'agencyos.cmd.kanban.board.swarm', messages: [messages[0], messages[3]] },
      { subject: 'agencyos.cmd.approvals.approval.swarm', messages: [messages[2]] },
    ]);
  });

  it('are held back below their level: whoever decides them may be of the version before', async () => {
    const isNew = describeCommand('MoveCards')!;
    const level = { written: 1, refresh: () => Promise.resolve(undefined) };
    const requestJson = async (subject: string, json: string) => {
      const messages = JSON.parse(json) as CommandMessage[];
      requested.push({ subject, messages });
      return messages.map(answer);
    };
    const host = { handles: () => false } as unknown as CommandHost;
    commands = new Commands('swarm', host, { requestJson } as unknown as Bus, 5_000, level);
    try {
      isNew.since = 2;
      expect(await commands.send([message('MoveCards')])).toMatchObject([{ problem: { code: 'not_offered', level: 2 } }]);
      expect(requested).toEqual([]);
      level.written = 2;
      expect(await commands.send([message('MoveCards')])).toMatchObject([{ revision: 3 }]);
      level.refresh = () => Promise.reject(new Error('away'));
      isNew.since = 3;
      expect(await commands.send([message('MoveCards')])).toMatchObject([{ problem: { code: 'busy', status: 503 } }]);
    } finally {
      delete isNew.since;
    }
  });

  it('that nobody knows are not found', async () => {
    const unknown = message('Nothing');
    expect(await commands.send([unknown])).toMatchObject([
      { id: unknown.id, problem: { code: 'not_found', detail: 'No command Nothing.' } },
    ]);
  });

  it('are too large beyond the limit, in bytes', async () => {
    const size = (text: string) => Buffer.byteLength(JSON.stringify(message('MoveCards', { text })));
    const fits = 'é'.repeat(Math.floor((LIMITS.commandBytes - size('')) / 2)) + 'x'.repeat((LIMITS.commandBytes - size('')) % 2);
    expect(size(fits)).toBe(LIMITS.commandBytes);
    const [small, large] = await commands.send([
      message('MoveCards', { text: fits }),
      message('MoveCards', { text: `${fits}x` }),
    ]);
    expect(small).not.toHaveProperty('problem');
    expect(large).toMatchObject({
      problem: {
        code: 'invalid',
        status: 413,
        limit: LIMITS.commandBytes,
        detail: expect.stringContaining('store long content first'),
      },
    });
    expect(requested[0]!.messages).toHaveLength(1);
  });

  it('have no answer after the time that they were given', async () => {
    expect(await commands.send([message('MoveCards')], -1)).toMatchObject([{ problem: { code: 'busy', status: 503 } }]);
    expect(requested).toEqual([]);
  });
});

describe('one command', () => {
  it('is answered by its receipt, under its id or a new one', async () => {
    const id = newId();
    expect(await commands.execute('CancelRun', { runId: id }, { id, metadata: { depth: 2 } })).toEqual({
      id,
      stream: 'board-1',
      revision: 3,
      position: '9',
    });
    await commands.execute('CancelRun', {});
    expect(handled.map(({ message: { metadata } }) => metadata)).toEqual([{ depth: 2 }, undefined]);
    expect(handled[1]!.message.id).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('throws its refusal', async () => {
    answer = ({ id }) => ({
      id,
      problem: { type: '', title: '', status: 409, code: 'closed', detail: 'It has ended.' } as never,
    });
    await expect(commands.execute('CancelRun', {})).rejects.toMatchObject({
      code: 'closed',
      status: 409,
      details: { detail: 'It has ended.' },
    });
  });
});

it('says which commands this process decides itself', () => {
  expect([commands.handlesItself('CancelRun'), commands.handlesItself('MoveCards')]).toEqual([true, false]);
});

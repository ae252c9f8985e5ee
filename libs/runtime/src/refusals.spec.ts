import { describe, expect, it } from '@jest/globals';
import type { RefusedCommand } from './commands/command-host.js';
import { Refusals } from './refusals.js';

const refusal = (code: string): RefusedCommand => ({
  ...{ commandId: 'id', type: 'MoveCards', stream: 'board-1', actor: 'user:a', code, correlationId: 'c' },
});

/** Stores rows, but none whose code is `bad`. */
function table(failure: () => Error) {
  const stored: string[] = [];
  const query = async (_sql: string, parameters?: unknown[]) => {
    const codes = (JSON.parse(String(parameters![0])) as RefusedCommand[]).map(({ code }) => code);
    if (codes.includes('bad')) throw failure();
    stored.push(...codes);
  };
  return { stored, query: query as never };
}

describe('audit rows of refused commands (fault 13)', () => {
  it('are stored though one of them cannot be', async () => {
    const { stored, query } = table(() => Object.assign(new Error('no uuid'), { code: '22P02' }));
    const lost: object[] = [];
    const refusals = new Refusals({ query }, { error: ((fields: object) => lost.push(fields)) as never });
    for (const code of ['one', 'bad', 'two']) refusals.record(refusal(code));
    await refusals.flush();
    expect(stored).toEqual(['one', 'two']);
    expect(lost).toMatchObject([{ code: 'bad' }]);
  });

  it('wait together while the database is away', async () => {
    let away = true;
    const stored: string[] = [];
    const query = async (_sql: string, parameters?: unknown[]) => {
      if (away) throw Object.assign(new Error('away'), { code: 'ECONNREFUSED' });
      stored.push(...(JSON.parse(String(parameters![0])) as RefusedCommand[]).map(({ code }) => code));
    };
    const refusals = new Refusals({ query: query as never }, { error: () => undefined });
    refusals.record(refusal('one'));
    await expect(refusals.flush()).rejects.toThrow('away');
    away = false;
    await refusals.flush();
    expect(stored).toEqual(['one']);
  });
});

import { describeCommand, type CommandDescription } from '@agencyos/contracts';
import { describe, expect, it } from '@jest/globals';
import { requireOffered } from './require-offered.js';

const cancel: CommandDescription = { ...describeCommand('CancelRun')!, fieldsSince: { by: 2 } };
const level = (written: number, raised = written) => ({
  written,
  refresh() {
    this.written = raised;
    return Promise.resolve(undefined);
  },
});

describe('a command below its level', () => {
  it('is refused with what it waits for', () =>
    expect(requireOffered({ ...cancel, since: 3 }, {}, level(2))).rejects.toMatchObject({
      code: 'not_offered',
      details: {
        level: 3,
        detail: expect.stringMatching(/^CancelRun is offered from level 3 on, and level 2 is written: an upgrade/),
      },
    }));

  it('is refused for a field that came later, and named', () =>
    expect(requireOffered(cancel, { by: 'user:one' }, level(1))).rejects.toMatchObject({
      details: { field: 'by', level: 2, detail: expect.stringMatching(/^by of CancelRun is offered from level 2 on/) },
    }));

  it('is taken without that field', () => expect(requireOffered(cancel, { runId: 'x' }, level(1))).resolves.toBeUndefined());

  it('is taken when the log says that the level has just been raised', () =>
    expect(requireOffered(cancel, { by: 'user:one' }, level(1, 2))).resolves.toBeUndefined());
});

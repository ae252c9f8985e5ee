import type { UpgradeState } from '@agencyos/contracts';
import { describe, expect, it } from '@jest/globals';
import { agencyos, commandLine, here } from './command-line.js';
import { problem } from './gateway-double.js';

commandLine();

const reader = (service: string, reads: number) => ({ service, instanceId: `${service}-a1`, reads });
const answers = (state: UpgradeState, request = 'GET upgrade') => {
  here.gateway.intercept = (asked) => (asked === request ? { status: 200, body: state } : undefined);
};

describe('agencyos upgrade', () => {
  it('says that there is none', async () => {
    answers({ written: 2, readByAll: 2, readers: [reader('kanban', 2)], silent: [] });
    expect(await agencyos('upgrade')).toBe(0);
    expect(here.output).toBe('No upgrade is under way: contracts are written up to level 2, and nobody reads more.\n');
  });

  it('says who holds it up', async () => {
    answers({ written: 1, readers: [reader('kanban', 1), reader('kanban', 2), reader('swarm', 0)], silent: ['relay'] });
    expect(await agencyos('upgrade', 'status')).toBe(1);
    expect(here.output).toMatch(/^An upgrade is under way: contracts are written up to level 1, and some read up to level 2\.\n/);
    expect(here.output).toContain('You may go back to the version before. It waits for:\n');
    expect(here.output).toMatch(
      /\nkanban +kanban-a1 +reads up to level 1\nswarm +swarm-a1 +reads up to level 0\nrelay +is not heard\n$/,
    );
  });

  it.each([
    ['at 2026-01-01T00:10:00.000Z', { raisedAt: '2026-01-01T00:10:00.000Z' }],
    ['not', {}],
  ])('says what ends the way back, and when that happens by itself: %s', async (when, more) => {
    answers({ written: 1, readByAll: 2, readers: [reader('kanban', 2)], silent: [], ...more });
    expect(await agencyos('upgrade')).toBe(1);
    expect(here.output).toContain(
      `All read level 2. It is written by itself ${when}, and now by \`agencyos upgrade finish\`:\n` +
        'from then on there is no way back to a version that reads up to level 1.\n',
    );
  });

  it('finishes it', async () => {
    answers({ written: 2, readByAll: 2, readers: [reader('kanban', 2)], silent: [] }, 'POST upgrade/finish');
    expect(await agencyos('upgrade', 'finish')).toBe(0);
    expect(here.output).toContain('contracts are written up to level 2, and nobody reads more.');
  });

  it('says why it cannot be finished, and what is no word for it', async () => {
    const detail = 'The upgrade cannot be finished yet: kanban (a1) reads up to level 1. Update or end them, then ask again.';
    here.gateway.intercept = () => problem(409, 'not_read_by_all', { detail });
    await expect(agencyos('upgrade', 'finish')).rejects.toThrow(detail);
    await expect(agencyos('upgrade', 'undo')).rejects.toThrow(/"upgrade undo" is not understood/);
  });
});

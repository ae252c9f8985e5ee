import type { Commands } from '@agencyos/runtime';
import { describe, expect, it } from '@jest/globals';
import { admitBuiltInAgents, readBuiltInAgents } from './built-in-agents.js';

describe('the installation’s own agents', () => {
  it('are named with what their credentials are for', () => {
    expect(readBuiltInAgents(' command-1=check,notes  command-2=check')).toEqual([
      { agentId: 'command-1', roles: ['check', 'notes'] },
      { agentId: 'command-2', roles: ['check'] },
    ]);
    expect(readBuiltInAgents()).toEqual([]);
  });

  it.each(['command-1', 'command-1=', 'Command 1=check', '=check', 'a=b,'])('are not read out of "%s"', (text) =>
    expect(() => readBuiltInAgents(text)).toThrow(
      `AGENCYOS_AGENTS must be like "command-1=check,notes command-2=check", not "${text}"`,
    ),
  );

  it('are admitted one after another', async () => {
    const executed: unknown[] = [];
    const commands = { execute: async (...given: unknown[]) => void executed.push(given) } as unknown as Commands;
    await admitBuiltInAgents(commands, 'command-1=check command-2=notes');
    expect(executed).toEqual([
      ['AdmitAgent', { agentId: 'command-1', roles: ['check'] }],
      ['AdmitAgent', { agentId: 'command-2', roles: ['notes'] }],
    ]);
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from '@jest/globals';
import { program } from '../src/index.js';
import { GatewayDouble } from './gateway-double.js';

/** A gateway, a data folder and a person at the terminal, new for every test of the file. */
export const here = {} as {
  gateway: GatewayDouble;
  folder: string;
  /** What was printed. */
  output: string;
  /** What the person at the terminal answers, in turn; nobody is there without. */
  answers: string[];
  /** What the person was asked and told. */
  said: string[];
};

export function commandLine(): void {
  beforeEach(async () => {
    const gateway = await GatewayDouble.start();
    const folder = mkdtempSync(join(tmpdir(), 'agencyos-cli-'));
    writeFileSync(join(folder, 'cli-token'), gateway.token);
    writeFileSync(join(folder, 'url'), gateway.url);
    writeFileSync(join(folder, 'check.yaml'), '# a check\nworkflow: check\ntitle: Check\n');
    Object.assign(here, { gateway, folder, output: '', answers: [], said: [] });
  });
  afterEach(async () => {
    await here.gateway.close();
    rmSync(here.folder, { recursive: true });
  });
}

const next = async (question: string) => {
  here.said.push(question);
  return here.answers.shift() ?? '';
};

export const agencyos = (...argv: string[]) =>
  program([...argv, '--data-dir', here.folder], '1.2.3', (text) => void (here.output += text), {
    interactive: here.answers.length > 0,
    say: (words) => void here.said.push(words),
    ask: next,
    askHidden: next,
  });

export const run = (runId: string, state: string) => ({
  run: {
    runId,
    name: 'Check',
    workflowId: 'check',
    version: 1,
    state,
    startedAt: '2026-01-01T00:00:00.000Z',
  },
});

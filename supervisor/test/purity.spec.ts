import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';

const root = dirname(dirname(import.meta.dirname));

/** One file of each kind: what is planted in it is read as if it stood there. */
const FILES = [
  'contracts/src/core/ids.ts',
  'contracts/src/kanban/types.ts',
  'libs/decider/src/decider.ts',
  'services/kanban/src/board/board.decider.ts',
  'services/kanban/src/board/evolve-board.ts',
  'services/kanban/src/board/placement.ts',
  'services/kanban/src/views/board.view.ts',
  'services/kanban/src/views/card-row.ts',
  'services/kanban/src/reactions/board-mirror.reactions.ts',
  'services/kanban/src/reactions/run-cards.ts',
  'services/approvals/src/approval/approval.timers.ts',
  'services/approvals/src/policy/select-policy.ts',
  'services/healer/src/availability/heartbeat-watch.ts',
  'services/healer/src/reactions/situation.ts',
  'services/healer/src/target/admit-repair.ts',
  'services/healer/src/time.ts',
  'services/swarm/src/agent/agent.decider.ts',
  'services/swarm/src/offers/pure/role-queue.ts',
  'services/swarm/src/run/scheduler.ts',
  'services/swarm/src/workflow/to-definition.ts',
  'gateway/src/identity/directory.view.ts',
  'gateway/src/views/pure/view-state.ts',
  'libs/agent/src/pure/log-text.ts',
  'libs/client/src/view-rows.ts',
  'libs/schedule/src/schedule.ts',
  'libs/runtime/src/define-projection.ts',
  'libs/runtime/src/commands/decide-batch.ts',
  'libs/runtime/src/event-store/present-form.ts',
  'libs/runtime/src/messaging/sender-share.ts',
  'agents/command/src/files/tar.ts',
  'cli/src/one-of.ts',
  'supervisor/src/nats-accounts.ts',
  'dashboard/src/app/board/pure/card-look.ts',
  'dashboard/src/app/board/pure/placement.ts',
];

const MISTAKES = [
  'export const a = Date.now();',
  "export const a = Date['now']();",
  'export const a = new Date();',
  'export const a = Date();',
  'export const a = new Date(...[]);',
  'export const a = globalThis.Date.now();',
  'const { now } = Date; export const a = now();',
  'export const a = (clock = Date) => clock.now();',
  'export const a = [Date].map((clock) => clock.now());',
  'export const a = performance.now();',
  'export const a = new Intl.DateTimeFormat().format();',
  "export const a = new Intl.DateTimeFormat('en').formatToParts();",
  'export const a = AbortSignal.timeout(1);',
  'setTimeout(() => undefined, 1);',
  'setInterval(() => undefined, 1);',
  'setImmediate(() => undefined);',
  'queueMicrotask(() => undefined);',
  "import { setTimeout as later } from 'node:timers/promises';",
  "import { setTimeout as pause } from 'timers/promises';",
  'export const a = Math.random();',
  'const { random } = Math; export const a = random();',
  'export const a = crypto.randomUUID();',
  "import { randomUUID } from 'node:crypto';",
  "import { newId } from '@agencyos/contracts';",
  "import * as all from '@agencyos/contracts';",
  "import { v4 } from 'uuid';",
  "export const a = process.env['TZ'];",
  'export const a = import.meta.dirname;',
  "await fetch('http://127.0.0.1/');",
  "import { readFileSync } from 'node:fs';",
  "import { connect } from 'node:net';",
  "import { spawn } from 'node:child_process';",
  "await import('node:fs');",
  "export const a = require('fs');",
  "console.log('a');",
  "import { Bus } from '@agencyos/runtime';",
  "import { EventStore } from '@agencyos/runtime';",
  "import * as runtime from '@agencyos/runtime';",
  "import { startTestServers } from '@agencyos/testing/servers';",
  "import { Injectable } from '@nestjs/common';",
  "import { Pool } from 'pg';",
];

/** Where an import leads decides: these are beside what is pure and are not. */
const NEIGHBOURS = {
  'services/swarm/src/run/run.timers.ts': "import { setTimeout } from 'node:timers/promises'; await setTimeout(1);",
  'contracts/src/core/limited.ts': "import { newId } from './new-id.js';",
  'services/swarm/src/offers/offer.reactions.ts': "import { OfferDesk } from './offer-desk.js';",
  'services/swarm/src/run/scheduler.ts': "export * from '../library/parser-thread.js';",
  'services/healer/src/repair/repair.decider.ts': "import { StepRunner } from '../supervisor/step-runner.js';",
  'dashboard/src/app/run/pure/timeline.ts': "import { RunStore } from '../run-store';",
};

const CLEAN = `import type { EventStore } from '@agencyos/runtime';
export const at = (time: string): string => new Date(Date.parse(time)).toISOString();
export const isDate = (value: unknown): value is Date => value instanceof Date;
export const most = (values: number[]): number => Math.max(...values);
export const read = (store: EventStore) => store.read('board-1');
`;

interface Message {
  line: number;
  ruleId: string | null;
}
let said: Record<string, Message[]>;

/** What the lint says of these texts as if they were those files, in one process. */
beforeAll(() => {
  const texts = [
    ...FILES.flatMap((file) => [
      [`planted in ${file}`, file, MISTAKES.join('\n')],
      [`clean in ${file}`, file, CLEAN],
    ]),
    ...Object.entries(NEIGHBOURS).map(([file, text]) => [`beside ${file}`, file, text]),
    // HTTP goes its own way nowhere.
    ['elsewhere', 'services/kanban/src/main.ts', MISTAKES.filter((text) => !text.includes('fetch(')).join('\n')],
  ];
  const script = `import { ESLint } from 'eslint';
    const off = { '@nx/enforce-module-boundaries': 'off' };
    const eslint = new ESLint({ overrideConfig: [{ files: ['**/*.ts'], rules: off }] });
    const said = {};
    for (const [name, filePath, text] of JSON.parse(process.argv[1])) {
      const [{ messages }] = await eslint.lintText(text, { filePath });
      said[name] = messages.map(({ line, ruleId }) => ({ line, ruleId }));
    }
    console.log(JSON.stringify(said));`;
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => name !== 'NODE_OPTIONS'));
  const args = ['--input-type=module', '-e', script, JSON.stringify(texts)];
  const output = execFileSync(process.execPath, args, { cwd: root, env, encoding: 'utf8', maxBuffer: 2 ** 26 });
  said = JSON.parse(output) as Record<string, Message[]>;
});

const PURITY = ['pure/imports', 'no-restricted-globals', 'no-restricted-syntax', '@typescript-eslint/no-restricted-imports'];
const impure = (name: string) => said[name]!.filter(({ ruleId }) => ruleId === null || PURITY.includes(ruleId));

describe.each(FILES)('%s is pure', (file) => {
  it('so each mistake planted there is refused', () => {
    const lines = new Set(impure(`planted in ${file}`).map(({ line }) => line));
    expect(MISTAKES.filter((_, index) => !lines.has(index + 1))).toEqual([]);
  });

  it('and what only depends on its arguments is not', () => {
    expect(impure(`clean in ${file}`)).toEqual([]);
  });

  it('and is there', () => {
    expect(readFileSync(join(root, file), 'utf8')).not.toBe('');
  });
});

describe('what is pure', () => {
  it.each(Object.entries(NEIGHBOURS))('does not bring along what is not: %s may not say %s', (file) => {
    expect(impure(`beside ${file}`)).not.toEqual([]);
  });

  it('is not everything: a service is wired in its src', () => {
    expect(impure('elsewhere')).toEqual([]);
  });
});

import { deepStrictEqual, fail } from 'node:assert';
import { LEVEL } from '@agencyos/contracts';
import { isRejection, type Command, type CommandMetadata, type Decider } from '@agencyos/decider';

export const NOW = '2026-01-01T00:00:00.000Z';

export function testMetadata(overrides: Partial<CommandMetadata> = {}): CommandMetadata {
  return {
    commandId: '01900000-0000-7000-8000-000000000001',
    now: NOW,
    level: LEVEL,
    actor: 'user:01900000-0000-7000-8000-0000000000aa',
    sender: 'gateway',
    roles: ['admin'],
    permissions: [],
    stepUp: 'none',
    correlationId: '01900000-0000-7000-8000-0000000000cc',
    causationId: '01900000-0000-7000-8000-000000000001',
    depth: 0,
    ...overrides,
  };
}

type Message = { type: string; data: unknown };

/** given(events…).when(command).then(events…) ¦ .thenRejected(code) ¦ .thenState(check) */
export function deciderSpec<C extends Message, S, E extends Message>(decider: Decider<C, S, E>) {
  return (...given: E[]) => ({
    when(command: C, metadata: Partial<CommandMetadata> = {}, prepared?: unknown) {
      const state = given.reduce(
        (folded, event, revision) => decider.evolve(folded, event, { revision, recordedAt: NOW, actor: 'system:test' }),
        decider.initialState,
      );
      const decide = () => decider.decide({ ...command, metadata: testMetadata(metadata), prepared } as Command<C>, state);
      return {
        then(...expected: E[]) {
          deepStrictEqual(plain(decide()), plain(expected));
        },
        thenRejected(code: string, details: Record<string, unknown> = {}) {
          let events: E[];
          try {
            events = decide();
          } catch (error) {
            if (!isRejection(error)) throw error;
            deepStrictEqual(error.code, code);
            for (const [key, value] of Object.entries(details)) deepStrictEqual(error.details[key], value);
            return;
          }
          fail(`expected rejection ${code}, got ${JSON.stringify(events)}`);
        },
        events: decide,
      };
    },
  });
}

/** As it will be read back: without `undefined` members. */
const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

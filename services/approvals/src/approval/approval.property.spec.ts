import { describe, expect, it } from '@jest/globals';
import type { ApprovalCommand, ApprovalEvent } from '@agencyos/contracts';
import { type CommandMetadata, isRejection } from '@agencyos/decider';
import { NOW, testMetadata } from '@agencyos/testing/decider';
import fc from 'fast-check';
import { approvalDecider } from './approval.decider.js';
import {
  approver,
  at,
  expire,
  EXPIRES_MS,
  host,
  redeem,
  requested,
  revoke,
  swarm,
  vote,
  withdraw,
} from './testing/approval-scenario.js';

interface Attempt {
  command: ApprovalCommand;
  by: Partial<CommandMetadata>;
}
const who = fc.constantFrom('first', 'second', 'third');
const attempt: fc.Arbitrary<Attempt> = fc.oneof(
  fc.record({ name: who, choice: fc.constantFrom('approve' as const, 'reject' as const) }).map(({ name, choice }) => ({
    command: vote(choice),
    by: approver(name),
  })),
  fc.constantFrom<Attempt>(
    { command: expire, by: host },
    { command: redeem(), by: swarm },
    { command: withdraw, by: swarm },
    { command: revoke, by: approver('first') },
  ),
);

/** One stream with expected revisions: whoever decided on an old state decides again. */
class Stream {
  readonly events: ApprovalEvent[];
  constructor(need: number) {
    this.events = [requested({ stages: [{ of: ['role:approver'], need }] })];
  }
  state(revision: number) {
    const recorded = { recordedAt: NOW, actor: 'system:test' };
    return this.events
      .slice(0, revision)
      .reduce(
        (state, event, n) => approvalDecider.evolve(state, event, { ...recorded, revision: n }),
        approvalDecider.initialState,
      );
  }
  run({ command, by }: Attempt, now: string, seen: number): void {
    for (let revision = seen; ; revision = this.events.length) {
      let events: ApprovalEvent[];
      try {
        events = approvalDecider.decide({ ...command, metadata: testMetadata({ ...by, now }) }, this.state(revision));
      } catch (error) {
        if (!isRejection(error)) throw error;
        events = [];
      }
      if (revision === this.events.length) return void this.events.push(...events);
    }
  }
}

const DECISIONS = new Set(['ApprovalGranted', 'ApprovalRejected']);
const ENDS = new Set(['ApprovalRejected', 'ApprovalRedeemed', 'ApprovalExpired', 'ApprovalWithdrawn', 'ApprovalRevoked']);

describe('an approval, whatever comes at once', () => {
  it('has one decision, one end, one use, and nothing after its time', () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3 }),
        fc.array(fc.record({ attempt, afterMs: fc.nat(EXPIRES_MS / 4), stale: fc.nat(3) }), {
          maxLength: 20,
        }),
        (need, attempts) => {
          const stream = new Stream(need);
          const times: string[] = [NOW];
          let ms = 0;
          for (const { attempt: next, afterMs, stale } of attempts) {
            ms += afterMs;
            stream.run(next, at(ms), Math.max(1, stream.events.length - stale));
            while (times.length < stream.events.length) times.push(at(ms));
          }
          const types = stream.events.map(({ type }) => type);
          expect(types.filter((type) => DECISIONS.has(type)).length).toBeLessThanOrEqual(1);
          const ends = types.filter((type) => ENDS.has(type));
          expect(ends.length).toBeLessThanOrEqual(1);
          if (ends.length === 1) expect(ENDS.has(types.at(-1) as string)).toBe(true);
          if (types.includes('ApprovalRedeemed')) expect(types).toContain('ApprovalGranted');
          const approvals = stream.events.filter((event) => event.type === 'ApprovalVoteCast' && event.data.vote === 'approve');
          if (types.includes('ApprovalGranted')) expect(approvals).toHaveLength(need);
          stream.events.forEach((event, n) => {
            if (event.type === 'ApprovalVoteCast') expect((times[n] as string) < at(EXPIRES_MS)).toBe(true);
            if (event.type === 'ApprovalRedeemed') expect((times[n] as string) < event.data.validUntilAt).toBe(true);
          });
        },
      ),
      { numRuns: 500 },
    ));
});

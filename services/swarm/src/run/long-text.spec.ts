import type { Fact, Problem, RunEvent } from '@agencyos/contracts';
import { fitText } from '@agencyos/contracts';
import { describe, expect, it } from '@jest/globals';
import { gateAsk } from '../gates/gate.reactions.js';
import { RunSimulation } from '../testing/run-simulation.js';
import { definitionOf } from '../testing/sample-workflow.js';

const rocket = '🚀';
const source = (brief: string) => `workflow: w
title: W
input: { words: { type: string } }
tasks:
  - { id: approve, gate: { action: { kind: publish, target: t }, brief: "${brief}" } }
`;

/** The gate as it is asked for when the workflow's input is these words. */
function gateOf(brief: string, words: string): Extract<RunEvent, { type: 'GateReached' }> {
  const { events } = RunSimulation.started(definitionOf(source(brief)), { words });
  return events.find(({ type }) => type === 'GateReached') as never;
}

describe('text of a gate that is too long (fault 2)', () => {
  it.each([
    ['a brief of 1,500 emoji', rocket.repeat(1_500), ''],
    ['a brief that a template makes long', 'Publish ${{ input.words }}', rocket.repeat(1_500)],
    ['and one where the cut falls within a character', 'x${{ input.words }}', rocket.repeat(1_500)],
  ])('%s is cut between characters', (_, brief, words) => {
    const { summary } = (gateOf(brief, words).data.brief as { value: { summary: string } }).value;
    expect(summary.isWellFormed()).toBe(true);
    expect(summary.length).toBeLessThanOrEqual(2_000);
    expect(summary.length).toBeGreaterThan(1_990);
  });

  it('and so is the reason why it was refused', async () => {
    const memory = { set: () => undefined, delete: () => undefined, get: async () => undefined };
    const [asked] = await gateAsk.react(gateOf('b', '') as unknown as Fact, memory);
    const problem = { code: 'invalid', title: 'x', detail: `x${rocket.repeat(1_500)}` } as Problem;
    const [refusal] = asked!.ifRefused!(problem);
    const { reason } = refusal!.data as { reason: string };
    expect(reason).toBe(fitText(`invalid: x${rocket.repeat(1_500)}`));
    expect(reason.isWellFormed()).toBe(true);
  });
});

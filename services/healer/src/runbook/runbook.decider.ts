import type { RunbookCommand, RunbookEvent } from '@agencyos/contracts';
import { type Decider, rejection } from '@agencyos/decider';

export type PublishedRunbook = RunbookEvent['data'];
export interface Runbook {
  published?: PublishedRunbook;
}

/** What the drivers can do. */
export const ACTS: readonly string[] = ['restart'];

export const runbookDecider: Decider<RunbookCommand, Runbook, RunbookEvent> = {
  initialState: {},

  decide(command, { published }) {
    const { data, metadata } = command;
    const wrong = wrongStep(data.steps);
    if (wrong) throw rejection(command, 'step_invalid', wrong);
    if (published && (published.digest === data.digest || metadata.actor.startsWith('service:'))) return [];
    return [{ type: 'RunbookPublished', data: { ...data, version: (published?.version ?? 0) + 1 } }];
  },

  evolve(_runbook, { data }) {
    return { published: data };
  },
};

function wrongStep(steps: PublishedRunbook['steps']): { detail: string; field: string } | undefined {
  if (steps.length === 0) return { detail: 'A runbook needs a step.', field: 'steps' };
  for (const [index, { stepId, act }] of steps.entries()) {
    const field = `steps.${index}`;
    if (!ACTS.includes(act)) return { detail: `No driver can ${act}.`, field: `${field}.act` };
    if (steps.findIndex((step) => step.stepId === stepId) < index) {
      return { detail: `Step ${stepId} is there twice.`, field: `${field}.stepId` };
    }
  }
  return undefined;
}

import { text, type RunCommand, type RunEvent } from '@agencyos/contracts';
import { type Decider, rejection } from '@agencyos/decider';
import { openGate, refuseGate } from '../kinds/gate/gate-decisions.js';
import { addMs } from '../time.js';
import { runInput } from '../workflow/run-input.js';
import * as attempts from './attempt-decisions.js';
import { evolveRun } from './evolve-run.js';
import * as operations from './operator-decisions.js';
import { isOurs, type CommandType, type RunDecision, type RunPrepared } from './run-command.js';
import { inlineValue, noRun, type Run } from './run-state.js';
import { next } from './scheduler.js';

const startRun: RunDecision<'StartRun'> = ({ run, command, data, metadata, prepared }) => {
  if (run.status !== 'none') throw rejection(command, 'already_exists', { state: run.status });
  const { runId, workflowId, cause, boardId } = data;
  if (cause.kind !== 'manual' && !isOurs(metadata.actor)) {
    const detail = 'Only services say what else than a person started a run. Say `manual`.';
    throw rejection(command, 'forbidden', { field: 'cause.kind', detail });
  }
  const { definition, workflow } = prepared;
  if (!workflow) throw rejection(command, 'unknown_workflow', { field: 'workflowId' });
  const input = { value: runInput(command, definition, inlineValue(data.input)) };
  return [
    {
      type: 'RunStarted',
      data: {
        ...{ runId, workflowId, version: workflow.version, digest: workflow.digest },
        ...{ name: data.name ?? text(definition.title), input, cause, taskCount: definition.nodes.length },
        ...(boardId !== undefined && { boardId }),
        cards: definition.cards,
        admission: 'none',
        ...(definition.deadlineMs !== undefined && { deadlineAt: addMs(metadata.now, definition.deadlineMs) }),
      },
    },
  ];
};

const decisions: { [T in CommandType]: RunDecision<T> } = {
  StartRun: startRun,
  ClaimTask: attempts.claimTask,
  SucceedTask: attempts.succeedTask,
  FailTask: attempts.failTask,
  HandOffTask: attempts.handOffTask,
  ReleaseTask: attempts.releaseTask,
  ConfirmStopped: attempts.confirmStopped,
  ExpireLease: attempts.expireLease,
  TimeOutTask: attempts.timeOutTask,
  TimeOutRun: operations.timeOutRun,
  PlanMore: () => [],
  ScheduleRetry: operations.scheduleRetry,
  RequeueTask: operations.requeueTask,
  CancelTask: operations.cancelTask,
  CancelRun: operations.cancelRun,
  OpenGate: openGate,
  RefuseGate: refuseGate,
};

/**
 * One run: who may do what, and with every answer what follows from it. `command.prepared` is a {@link RunPrepared}; for a
 * run that does not exist it may be absent.
 */
export const runDecider: Decider<RunCommand, Run, RunEvent> = {
  initialState: noRun,
  decide(command, run) {
    const { type, data, metadata } = command;
    const prepared = command.prepared as RunPrepared;
    // The table's key and the data's type belong together, which TypeScript cannot see through the look-up.
    const decision = decisions[type] as RunDecision<CommandType>;
    const facts = decision({ run, command, data, metadata, prepared });
    // `PlanMore` is no fact of its own: it only lets what follows from the run go on.
    if (facts.length === 0 && !(type === 'PlanMore' && run.status !== 'none')) return [];
    const recorded = { revision: 0, recordedAt: metadata.now, actor: metadata.actor };
    const after = facts.reduce((state, fact) => evolveRun(state, fact, recorded), run);
    return [...facts, ...next(after, prepared, metadata.now)];
  },
  evolve: evolveRun,
};

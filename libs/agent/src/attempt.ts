import { type Content, newId, type RefusalOf, type TaskOffer, type Usage } from '@agencyos/contracts';
import type { AgentLogger, ContentPlace, HeldTask, StopReason, TaskContext, TaskHandler, TaskOutcome } from './agent-options.js';
import type { AgentCommands, CommandOutcome } from './commands.js';
import type { AgentConnection } from './connection.js';
import type { Lease, Leases } from './leases.js';
import { safeText } from './pure/log-text.js';
import type { ReceivedOffer } from './offers.js';
import { TaskLog } from './task-log.js';

export interface AttemptSettings {
  connection: AgentConnection;
  commands: AgentCommands;
  leases: Leases;
  handler: TaskHandler;
  content: ContentPlace | undefined;
  logger: AgentLogger;
  agentId: string;
  instanceId: string;
  /** See `AgentTiming`. */
  faultMs: number;
  /** Aborted when this process is to stop taking tasks and to give back what it holds. */
  stopping: AbortSignal;
  /** Aborted when nothing may be awaited any more. */
  ended: AbortSignal;
}

type ResultRefusal = RefusalOf<'SucceedTask' | 'FailTask' | 'HandOffTask'>;

/** Refusals after which the hint is of no use to anybody. */
const overRefusals: readonly string[] = [
  'not_available',
  'stale_token',
  'already_finished',
  'closed',
  'not_found',
] satisfies RefusalOf<'ClaimTask' | 'SucceedTask'>[];

/** Refusals of a result that say that the attempt is no longer this process's: somebody else speaks for the task. */
const lostRefusals: readonly string[] = [
  ...overRefusals,
  ...(['not_holder', 'result_differs', 'forbidden'] satisfies ResultRefusal[]),
];

/** Claims the offered task and, if the lease is granted, sees it through to its reported end. */
export async function takeOffer(received: ReceivedOffer, settings: AttemptSettings): Promise<void> {
  const { commands, instanceId, ended, logger } = settings;
  const { runId, taskId, attempt, role, leaseMs, timeoutMs, approvalId } = received.offer;
  const claimedAt = performance.now();
  // A new id for every offer: were an unanswered claim of before repeated, its lease might be over by now.
  const claim = { id: newId(), type: 'ClaimTask', data: { runId, taskId, attempt, instanceId } };
  const answer = await commands.send('run', claim, AbortSignal.any([ended, AbortSignal.timeout(leaseMs / 2)]));
  if (answer.status === 'unknown') return received.later(1_000);
  if (answer.status === 'refused') {
    if (overRefusals.includes(answer.problem.code)) return received.done();
    logger.warn({ runId, taskId, attempt, code: answer.problem.code }, 'claim refused');
    return received.later(2_000);
  }
  received.done();
  const task: HeldTask = {
    ...{ runId, taskId, attempt, role, leaseMs, timeoutMs },
    ...(approvalId && { approvalId }),
  };
  await work(task, received.offer, claimedAt, settings);
}

async function work(task: HeldTask, offer: TaskOffer, claimedAt: number, settings: AttemptSettings): Promise<void> {
  const { connection, leases, logger, stopping, agentId } = settings;
  const controller = new AbortController();
  const stop = (reason: StopReason) => controller.abort(reason);
  const shutdown = () => stop('shutdown');
  const log = new TaskLog(connection, task, agentId);
  let tell: ((endBy: number) => void) | undefined;
  const renewed = () => {
    log.showLive();
    tell?.(lease.endBy());
  };
  const lease = leases.hold(task, claimedAt, { stop, renewed });
  const followLease = (listener: (endBy: number) => void) => {
    tell = listener;
    listener(lease.endBy());
  };
  stopping.addEventListener('abort', shutdown, { once: true });
  if (stopping.aborted) shutdown();
  const { runId, taskId, attempt } = task;
  logger.info({ runId, taskId, attempt, role: task.role }, 'task taken');
  try {
    const outcome = await handle(task, offer, { log, followLease }, controller.signal, settings);
    log.close();
    if (controller.signal.aborted) await giveUp(task, lease, controller.signal.reason as StopReason, settings);
    else await report(task, lease, outcome, await stored(log, task, settings), settings);
  } finally {
    stopping.removeEventListener('abort', shutdown);
    log.close();
    lease.end();
  }
}

async function handle(
  task: HeldTask,
  offer: TaskOffer,
  { log, followLease }: { log: TaskLog; followLease: NonNullable<TaskContext['followLease']> },
  signal: AbortSignal,
  { handler, logger }: AttemptSettings,
): Promise<TaskOutcome> {
  if (!('value' in offer.input))
    return failure('input_unavailable', 'The input is kept as content, which this agent cannot load.');
  if (signal.aborted) return failure('stopped', 'Stopped before the work began.');
  try {
    return await handler({
      task,
      input: offer.input.value,
      ...(offer.resume && { resume: offer.resume }),
      signal,
      followLease,
      log: (line) => log.line(line),
      progress: (ratio) => log.progress(ratio),
    });
  } catch (error) {
    logger.error({ taskId: task.taskId, error: error instanceof Error ? error.stack : error }, 'the task handler threw');
    return { kind: 'failed', fault: { code: 'agent_error', message: messageOf(error), retryable: true } };
  }
}

/** A result does not wait longer than this for its log. */
const LOG_STORED_MS = 5_000;

/** The attempt's log in the content store; none when there are no lines, or when it cannot be stored in time. */
async function stored(
  log: TaskLog,
  { taskId, attempt }: HeldTask,
  { content, logger, ended }: AttemptSettings,
): Promise<{ logs?: Content }> {
  const { text } = log;
  if (!content || text === '') return {};
  try {
    const inTime = AbortSignal.any([ended, AbortSignal.timeout(LOG_STORED_MS)]);
    return { logs: await content.put(text, 'text/plain', inTime) };
  } catch (error) {
    logger.warn({ taskId, attempt, error: messageOf(error) }, 'the log was not stored');
    return {};
  }
}

/** Tells the outcome until swarm has accepted it or refuses it for good. */
async function report(
  task: HeldTask,
  lease: Lease,
  outcome: TaskOutcome,
  logs: { logs?: Content },
  settings: AttemptSettings,
): Promise<void> {
  const usage = usageOf(lease, outcome.usage);
  let answer: CommandOutcome;
  switch (outcome.kind) {
    case 'succeeded': {
      const { artifacts = [] } = outcome;
      const output = 'stored' in outcome ? { content: outcome.stored } : { value: outcome.output };
      answer = await send('SucceedTask', { output, artifacts, usage, ...logs });
      break;
    }
    case 'handed_off': {
      const { toRole, context } = outcome;
      answer = await send('HandOffTask', {
        toRole,
        reason: safeText(outcome.reason),
        context: { value: context },
        usage,
        ...logs,
      });
      break;
    }
    case 'failed':
      answer = await send('FailTask', {
        fault: { ...outcome.fault, message: safeText(outcome.fault.message).trim() || outcome.fault.code },
        usage,
        ...logs,
      });
  }
  if (answer.status !== 'refused') return;
  const { detail, title } = answer.problem;
  const code = answer.problem.code as ResultRefusal;
  settings.logger.warn({ taskId: task.taskId, attempt: task.attempt, code }, `${outcome.kind} was refused`);
  if (code === 'stopping') await send('ConfirmStopped', { usage });
  // Left unsaid, the lease would run out and the next attempt come to the same: a failure, under the refusal's name.
  // Nothing of the outcome is in this report, its usage neither: whatever was wrong with it, this one is taken.
  else if (!lostRefusals.includes(code)) {
    const message = safeText(detail ?? title);
    await send('FailTask', { fault: { code, message, retryable: false }, usage: usageOf(lease) });
  }

  function send(type: string, data: object): Promise<CommandOutcome> {
    return sendForAttempt(task, type, data, settings, settings.ended);
  }
}

/** Tells swarm that the work has ended without result, so that the task need not wait for the lease's end. */
async function giveUp(task: HeldTask, lease: Lease, reason: StopReason, settings: AttemptSettings): Promise<void> {
  settings.logger.info({ taskId: task.taskId, attempt: task.attempt, reason }, 'task given back');
  const usage = usageOf(lease);
  lease.end();
  // Beyond the lease's length nobody waits for this any more: swarm has ended the lease itself.
  const deadline = AbortSignal.any([settings.ended, AbortSignal.timeout(task.leaseMs)]);
  if (reason === 'stop_ordered') {
    const confirmed = await sendForAttempt(task, 'ConfirmStopped', { usage }, settings, deadline);
    if (confirmed.status !== 'refused') return;
  }
  const why = reason === 'shutdown' ? 'shutdown' : 'drain';
  await sendForAttempt(task, 'ReleaseTask', { why }, settings, deadline);
}

/** Repeats go under the same id; the attempt's number keeps everything else from acting twice. */
function sendForAttempt(
  { runId, taskId, attempt }: HeldTask,
  type: string,
  data: object,
  { commands, faultMs }: AttemptSettings,
  signal: AbortSignal,
): Promise<CommandOutcome> {
  return commands.send('run', { id: newId(), type, data: { runId, taskId, attempt, ...data } }, signal, faultMs);
}

function usageOf(lease: Lease, known: Partial<Usage> = {}): Usage {
  return { inputTokens: 0, outputTokens: 0, cachedTokens: 0, ...known, activeMs: lease.activeMs() };
}

const failure = (code: string, message: string): TaskOutcome => ({
  kind: 'failed',
  fault: { code, message, retryable: false },
});
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

import { setTimeout as delay } from 'node:timers/promises';
import type { TaskLogPage, TaskRow } from '@agencyos/contracts';
import { CliProblem, usageProblem } from '../cli-problem.js';
import type { Command } from '../command.js';
import type { GatewayClient } from '../gateway-client.js';
import { oneOf } from '../one-of.js';
import { printable } from '../printer.js';
import { isOver } from '../run-story.js';

const FOLLOW_MS = 1_000;

/** Prints what the tasks of a run have written, afterwards and while they run. */
export const logsCommand: Command = {
  usage: ['logs RUN [TASK] [--attempt N] [-f]'],
  summary: 'print what a run, or one of its tasks, has written',
  details: `Without TASK every task's log is printed, each line behind its task's name.

  --attempt N    of TASK; else its last one
  -f, --follow   go on with what is written from now on, to the end of the task or run

An id may be shortened to any beginning or end that only one of them has.`,
  options: { attempt: { type: 'string' }, follow: { type: 'boolean', short: 'f' } },
  words: 2,
  async run(call) {
    const [given, taskId] = call.words;
    if (given === undefined) throw usageProblem('Which run?', 'logs');
    const attempt = call.text('attempt');
    if (attempt !== undefined && (taskId === undefined || !/^[1-9]\d{0,5}$/.test(attempt)))
      throw usageProblem('--attempt wants a number, and the TASK it is of.', 'logs');
    const client = call.client();
    const runIds = (await client.view('run-list', 'all')).list('run').map(({ runId }) => runId);
    const runId = oneOf(given, 'run', runIds);
    const known = (await client.view('run', runId)).list('task');
    if (taskId !== undefined && !known.some((task) => task.taskId === taskId))
      throw new CliProblem(`There is no task ${taskId}: it has ${known.map((one) => one.taskId).join(', ')}.`);
    const readers = new Map<string, LogReader>();
    for (;;) {
      const view = await client.view('run', runId);
      const run = view.row('run');
      const tasks = view.list('task').filter((task) => taskId === undefined || task.taskId === taskId);
      for (const task of tasks) {
        for (const wanted of attemptsOf(task, attempt, taskId === undefined)) {
          const key = `${task.taskId}/${wanted}`;
          const reader = readers.get(key) ?? new LogReader(client, runId, task.taskId, wanted);
          readers.set(key, reader);
          for await (const line of reader.next()) {
            call.printer.line(`${taskId === undefined ? `${task.taskId}: ` : ''}${printable(line)}`);
            call.printer.data({ taskId: task.taskId, attempt: wanted, line });
          }
        }
      }
      const over = taskId === undefined ? !run || isOver(run) : tasks.every(hasEnded);
      if (!call.flag('follow') || over) return 0;
      await delay(FOLLOW_MS);
    }
  },
};

function attemptsOf(task: TaskRow, named: string | undefined, all: boolean): number[] {
  if (named !== undefined) return [Number(named)];
  const attempts = task.attempts.map(({ attempt }) => attempt);
  return all ? attempts : attempts.slice(-1);
}

const hasEnded = ({ state }: TaskRow): boolean =>
  state === 'succeeded' || state === 'failed' || state === 'skipped' || state === 'cancelled';

/** Reads one attempt's log, each line once. */
class LogReader {
  private cursor = '';
  private done = false;

  constructor(
    private readonly client: GatewayClient,
    private readonly runId: string,
    private readonly task: string,
    private readonly attempt: number,
  ) {}

  async *next(): AsyncGenerator<string> {
    while (!this.done) {
      const query = new URLSearchParams({
        ...{ task: this.task, attempt: String(this.attempt) },
        ...(this.cursor && { cursor: this.cursor }),
      });
      const page = await this.client.get<TaskLogPage>(`/api/v1/runs/${this.runId}/log?${query.toString()}`);
      this.cursor = page.cursor;
      yield* page.lines;
      if (page.more) continue;
      this.done = !page.running;
      return;
    }
  }
}

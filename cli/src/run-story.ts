import type { RunRow, TaskRow } from '@agencyos/contracts';
import type { Rows } from './gateway-client.js';
import { between, printable } from './printer.js';

type AttemptRow = TaskRow['attempts'][number];

export const runOf = (rows: Rows): RunRow | undefined => rows['run'] as RunRow | undefined;
export const tasksOf = (rows: Rows): TaskRow[] =>
  Object.entries(rows).flatMap(([key, row]) => (key.startsWith('task/') ? [row as TaskRow] : []));

export const isOver = ({ state }: RunRow): boolean =>
  state === 'succeeded' || state === 'failed' || state === 'cancelled';

/** What has happened between two states of a run's view, in sentences. A state may have been passed over unseen. */
export function story(before: Rows, after: Rows): string[] {
  const lines: string[] = [];
  const run = runOf(after);
  if (run && !runOf(before)) lines.push(`${printable(run.name)} runs: ${tasksOf(after).length} tasks`);
  for (const task of tasksOf(after))
    lines.push(...taskStory(before[`task/${task.taskId}`] as TaskRow | undefined, task));
  if (run && run.state !== runOf(before)?.state && isOver(run)) {
    const why = run.fault ? `: ${printable(run.fault.message)}` : '';
    lines.push(`Run ${run.state} after ${between(run.startedAt, run.endedAt)}${why}`);
  }
  return lines;
}

function taskStory(before: TaskRow | undefined, after: TaskRow): string[] {
  const title = printable(after.title);
  const lines: string[] = [];
  for (const attempt of after.attempts) {
    const known = before?.attempts.find((candidate) => candidate.attempt === attempt.attempt);
    lines.push(...attemptStory(title, known, attempt, after));
  }
  for (const handoff of after.handoffs.slice(before?.handoffs.length ?? 0)) {
    lines.push(
      `↪ ${title}: handed off from ${handoff.fromRole} to ${handoff.toRole}: ${printable(handoff.reason)}`,
    );
  }
  if (after.state === before?.state) return lines;
  if (after.kind === 'gate' && after.state === 'succeeded') lines.push(`✓ ${title}: approved`);
  if (after.kind === 'gate' && after.state === 'failed') lines.push(`✗ ${title}: not approved`);
  if (after.state === 'waiting') lines.push(`◆ ${title}: waits for a person`);
  if (after.state === 'skipped' || after.state === 'cancelled') lines.push(`– ${title}: ${after.state}`);
  return lines;
}

function attemptStory(
  title: string,
  before: AttemptRow | undefined,
  after: AttemptRow,
  task: TaskRow,
): string[] {
  const lines: string[] = [];
  const holder = after.holder?.replace(/^\w+:/, '') ?? 'somebody';
  if (after.startedAt && !before?.startedAt) {
    lines.push(`▶ ${title}: ${holder}${after.attempt > 1 ? `, attempt ${after.attempt}` : ''}`);
  }
  if (after.outcome === before?.outcome) return lines;
  const note = after.note ? `: ${printable(after.note)}` : '';
  const took = between(after.startedAt, after.endedAt);
  switch (after.outcome) {
    case 'succeeded':
      if (task.kind === 'task') lines.push(`✓ ${title} (${took})`);
      break;
    case 'failed':
      lines.push(`✗ ${title}: attempt ${after.attempt} failed${note || faultOf(task)}`);
      break;
    case 'lost':
      lines.push(`! ${title}: ${holder} fell silent${note}`);
      break;
    case 'released':
      lines.push(`○ ${title}: given back by ${holder}${note}`);
      break;
    case 'cancelled':
    case 'handed_off':
    case 'running':
      break;
  }
  return lines;
}

const faultOf = ({ fault }: TaskRow): string => (fault ? `: ${printable(fault.message)}` : '');

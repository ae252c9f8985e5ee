import type { RunRow, TaskRow } from '@agencyos/contracts';
import { between, printable } from './printer.js';

type AttemptRow = TaskRow['attempts'][number];

/** Rows of a run's view at one moment, by their keys. */
export type RowsByKey = Record<string, unknown>;

export const runOf = (rows: RowsByKey): RunRow | undefined => rows['run'] as RunRow | undefined;
export const tasksOf = (rows: RowsByKey): TaskRow[] =>
  Object.entries(rows).flatMap(([key, row]) => (key.startsWith('task/') ? [row as TaskRow] : []));

export const isOver = ({ state }: RunRow): boolean => state === 'succeeded' || state === 'failed' || state === 'cancelled';

/** What has happened between two states of a run's view, in sentences. A state may have been passed over unseen. */
export function story(before: RowsByKey, after: RowsByKey): string[] {
  const run = runOf(after);
  const sentences = tasksOf(after).flatMap((task) => taskStory(before[`task/${task.taskId}`] as TaskRow | undefined, task));
  // Of what was seen at once, the ends came first: they are why the rest began.
  const lines = [...sentences.filter(({ begins }) => !begins), ...sentences.filter(({ begins }) => begins)].map(
    ({ text }) => text,
  );
  if (run && !runOf(before))
    lines.unshift(`${printable(run.name)} runs: ${tasksOf(after).filter(({ rule }) => rule === undefined).length} tasks`);
  if (run && run.state !== runOf(before)?.state && isOver(run)) {
    const why = run.fault ? `: ${printable(run.fault.message)}` : '';
    lines.push(`Run ${run.state} after ${between(run.startedAt, run.endedAt)}${why}`);
  }
  return lines;
}

interface Sentence {
  text: string;
  /** Something has begun, rather than ended. */
  begins: boolean;
}

const begun = (text: string): Sentence => ({ text, begins: true });
const ended = (text: string): Sentence => ({ text, begins: false });

function taskStory(before: TaskRow | undefined, after: TaskRow): Sentence[] {
  // What stands in a group is indented below it.
  const title = `${'  '.repeat(after.within?.split('/').length ?? 0)}${printable(after.title)}`;
  const sentences: Sentence[] = [];
  for (const attempt of after.attempts) {
    const known = before?.attempts.find((candidate) => candidate.attempt === attempt.attempt);
    sentences.push(...attemptStory(title, known, attempt, after));
  }
  for (const { fromRole, toRole, reason } of after.handoffs.slice(before?.handoffs.length ?? 0)) {
    sentences.push(ended(`↪ ${title}: handed off from ${fromRole} to ${toRole}: ${printable(reason)}`));
  }
  if (after.state === before?.state) return sentences;
  if (after.kind === 'gate' && after.state === 'succeeded') sentences.push(ended(`✓ ${title}: approved`));
  if (after.kind === 'gate' && after.state === 'failed') sentences.push(ended(`✗ ${title}: not approved`));
  if (after.state === 'open') sentences.push(begun(`▶ ${title}: ${after.rule ?? 'begins'}`));
  if (after.rule !== undefined && after.state === 'succeeded') sentences.push(ended(`✓ ${title}`));
  if (after.rule !== undefined && after.state === 'failed') sentences.push(ended(`✗ ${title}: failed`));
  if (after.state === 'waiting') sentences.push(begun(`◆ ${title}: waits for a person`));
  if (after.state === 'skipped' || after.state === 'cancelled') sentences.push(ended(`– ${title}: ${after.state}`));
  return sentences;
}

function attemptStory(title: string, before: AttemptRow | undefined, after: AttemptRow, task: TaskRow): Sentence[] {
  const sentences: Sentence[] = [];
  const holder = after.holder?.replace(/^\w+:/, '') ?? 'somebody';
  const over = after.outcome !== 'running';
  if (after.startedAt && !before?.startedAt) {
    const text = `▶ ${title}: ${holder}${after.attempt > 1 ? `, attempt ${after.attempt}` : ''}`;
    sentences.push(over ? ended(text) : begun(text));
  }
  if (after.outcome === before?.outcome) return sentences;
  const note = after.note ? `: ${printable(after.note)}` : '';
  switch (after.outcome) {
    case 'succeeded':
      if (task.kind === 'task') sentences.push(ended(`✓ ${title} (${between(after.startedAt, after.endedAt)})`));
      break;
    case 'failed':
      sentences.push(ended(`✗ ${title}: attempt ${after.attempt} failed${note || faultOf(task)}`));
      break;
    case 'lost':
      sentences.push(ended(`! ${title}: ${holder} fell silent${note}`));
      break;
    case 'released':
      sentences.push(ended(`○ ${title}: given back by ${holder}${note}`));
      break;
    case 'cancelled':
    case 'handed_off':
    case 'running':
      break;
  }
  return sentences;
}

const faultOf = ({ fault }: TaskRow): string => (fault ? `: ${printable(fault.message)}` : '');

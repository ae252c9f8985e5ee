import type { RunRow, TaskRow } from '@agencyos/contracts';
import { elapsed } from '../../ui/pure/format';

export type BarKind = 'done' | 'progress' | 'waiting' | 'lost' | 'failed' | 'queued';

export interface Bar {
  kind: BarKind;
  /** Percent of the axis. */
  left: number;
  width: number;
  /** The same in words. */
  words: string;
}

export interface TimelineRow {
  taskId: string;
  bars: Bar[];
}

export interface Timeline {
  rows: TimelineRow[];
  ticks: { at: number; words: string }[];
  /** Percent where now is; nothing when the run is over. */
  now?: number;
  nowWords: string;
}

/** Room behind the last moment, so that the present is not at the edge. */
const HEADROOM = 1.08;
const SHORTEST_MS = 10_000;
const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400];

export function timelineOf(
  run: Pick<RunRow, 'startedAt' | 'endedAt'>,
  tasks: readonly TaskRow[],
  now: number,
): Timeline {
  const start = Date.parse(run.startedAt);
  const end = run.endedAt ? Date.parse(run.endedAt) : Math.max(now, start);
  const span = Math.max(SHORTEST_MS, end - start) * (run.endedAt ? 1.02 : HEADROOM);
  const percent = (ms: number) => Math.min(100, Math.max(0, (100 * (ms - start)) / span));
  const bar = (kind: BarKind, from: number, to: number, words: string): Bar => ({
    kind,
    left: percent(from),
    width: Math.max(0, percent(to) - percent(from)),
    words: `${words}, ${elapsed(to - from)}`,
  });
  return {
    rows: tasks.map((task) => ({ taskId: task.taskId, bars: barsOf(task, end, bar) })),
    ticks: ticksOf(span).map((ms) => ({ at: percent(start + ms), words: axisWords(ms) })),
    nowWords: `now ${axisWords(end - start)}`,
    ...(!run.endedAt && { now: percent(end) }),
  };
}

type MakeBar = (kind: BarKind, from: number, to: number, words: string) => Bar;

function barsOf(task: TaskRow, now: number, bar: MakeBar): Bar[] {
  const bars: Bar[] = [];
  for (const { attempt, outcome, startedAt, endedAt } of task.attempts) {
    if (!startedAt) continue;
    const [kind, words] = outcomeLook(outcome);
    bars.push(
      bar(kind, Date.parse(startedAt), endedAt ? Date.parse(endedAt) : now, `attempt ${attempt} ${words}`),
    );
  }
  const since = task.startedAt ?? task.readyAt;
  if (task.attempts.length === 0 && since) {
    const to = task.endedAt ? Date.parse(task.endedAt) : now;
    if (task.kind === 'gate') bars.push(bar('waiting', Date.parse(since), to, 'waits for a person'));
    else if (task.state === 'ready' || task.state === 'queued')
      bars.push(bar('queued', Date.parse(since), to, 'waits for an agent'));
  }
  return bars;
}

function outcomeLook(outcome: TaskRow['attempts'][number]['outcome']): [BarKind, string] {
  switch (outcome) {
    case 'succeeded':
      return ['done', 'succeeded'];
    case 'handed_off':
      return ['done', 'handed off'];
    case 'failed':
      return ['failed', 'failed'];
    case 'lost':
      return ['lost', 'lost its lease'];
    case 'released':
      return ['lost', 'was given back'];
    case 'cancelled':
      return ['lost', 'was cancelled'];
    default:
      return ['progress', 'runs'];
  }
}

function ticksOf(span: number): number[] {
  const step = (STEPS_S.find((seconds) => span / (seconds * 1000) <= 9) ?? 86_400) * 1000;
  return Array.from({ length: Math.floor(span / step) + 1 }, (_, index) => index * step);
}

/** `0:30`, `1:17`, `1:05:00` */
function axisWords(ms: number): string {
  const seconds = Math.floor(Math.max(0, ms) / 1000);
  const pad = (value: number) => String(value).padStart(2, '0');
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60), seconds % 60];
  return h > 0 ? `${h}:${pad(m)}:${pad(s)}` : `${m}:${pad(s)}`;
}

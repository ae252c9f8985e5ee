import type { AgentRow, RunRow } from '@agencyos/contracts';
import type { LiveConnection } from './live-connection.js';
import { printable, type Printer } from './printer.js';
import { isOver, runOf, story, tasksOf, type RowsByKey } from './run-story.js';
import { rolesOf, unserved } from './unserved-roles.js';

/** Prints what happens in a run, line by line, until it is over; `seen` gets the rows after each change. */
export async function followRun(
  live: LiveConnection,
  runId: string,
  printer: Printer,
  seen: (rows: RowsByKey) => void = () => undefined,
): Promise<RunRow> {
  let before: RowsByKey = {};
  let agents: AgentRow[] | undefined;
  const told = new Set<string>();
  const tellUnserved = () => {
    for (const [attempt, text] of agents ? unserved(tasksOf(before), rolesOf(agents)) : []) {
      if (told.has(attempt)) continue;
      told.add(attempt);
      tell(printer, text);
    }
  };
  live.follow('agents', 'all', (view) => {
    agents = view.list('agent');
    tellUnserved();
  });
  const ended = new Promise<RunRow>((resolve) => {
    live.follow('run', runId, (view) => {
      const rows: RowsByKey = Object.fromEntries(view.rows);
      for (const text of story(before, rows)) tell(printer, text);
      before = rows;
      seen(rows);
      tellUnserved();
      const run = runOf(rows);
      if (run && isOver(run)) resolve(run);
    });
  });
  const lastLine = new Map<string, string>();
  live.followTasks(runId, (all) => {
    for (const { taskId, line } of all) {
      if (line === undefined || lastLine.get(taskId) === line) continue;
      lastLine.set(taskId, line);
      tell(printer, `  ${taskId}: ${printable(line)}`);
    }
  });
  return Promise.race([ended, live.failure]);
}

function tell(printer: Printer, text: string): void {
  const at = new Date();
  printer.line(`${at.toTimeString().slice(0, 8)}  ${text}`);
  printer.data({ at: at.toISOString(), text });
}

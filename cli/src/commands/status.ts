import type { IncidentRow, InboxRow, RunListRow, TaskRow } from '@agencyos/contracts';
import { CliProblem, Refused } from '../cli-problem.js';
import type { Command } from '../command.js';
import type { GatewayClient } from '../gateway-client.js';
import { oneOf } from '../one-of.js';
import { consumersOf, troubleOf } from '../consumers.js';
import { backupLines, localStatus, type LocalProcess } from '../processes.js';
import { between, printable, table, type Printer } from '../printer.js';
import { isOver } from '../run-story.js';

const shownRuns = 15;
/** Whoever looks because something is down wants to see the processes now. */
const patienceMs = 3_000;

export const statusCommand: Command = {
  usage: ['status', 'status RUN'],
  summary: 'what runs, what waits, and the processes; or one run, task by task',
  details: `Processes are those of the data folder on this machine, with their pids: \`kill -9 PID\` shows how they heal.
With RUN the exit code is 1 when it ended without success.`,
  words: 1,
  async run({ words: [run], client, printer }) {
    return run === undefined ? overview(client({ patienceMs }), printer) : showRun(client(), printer, run);
  },
};

async function overview(client: GatewayClient, printer: Printer): Promise<number> {
  const { processes, backups } = await localStatus(client.target.dataDir);
  const [runs, inbox, services, incidents, consumers] = await Promise.all([
    client.view('run-list', 'all').then((view) => view.list('run')),
    client.view('inbox', 'all').then((view) => view.list('approval')),
    client.view('services', 'all').then((view) => view.list('target')),
    incidentsOf(client),
    consumersOf(client),
  ]).catch((error: unknown) => {
    // Just then it matters what still runs.
    showProcesses(processes, printer);
    throw error;
  });
  const escalated = incidents.filter(({ state }) => state === 'escalated');
  const waiting = inbox.filter(({ state }) => state === 'open');
  printer.data({ runs, approvals: waiting, services, escalated, processes, consumers, ...(backups && { backups }) });

  const healthy = services.filter(({ state }) => state === 'healthy').length;
  const others = services.filter(({ state }) => state !== 'healthy').map(({ targetId, state }) => `, ${targetId} ${state}`);
  printer.line(`Services: ${healthy} healthy${others.join('')}`);
  for (const { targetId, title, escalation } of escalated) {
    const why = escalation ? ` (${escalation.why.replaceAll('_', ' ')})` : '';
    const restarts = services.find((service) => service.targetId === targetId)?.driver !== 'schedule';
    printer.line(
      `! Handed over to you: ${printable(title)}${why}.${restarts ? ` \`agencyos restart ${targetId}\` tries once more.` : ''}`,
    );
  }
  for (const line of consumers.flatMap(troubleOf)) printer.line(line);
  if (backups) for (const line of backupLines(backups)) printer.line(line);
  printer.line();
  if (runs.length === 0) printer.line('No run yet: `agencyos run FILE` starts one.');
  else {
    const newest = runs.sort((a, b) => b.startedAt.localeCompare(a.startedAt)).slice(0, shownRuns);
    for (const line of table(['RUN', 'NAME', 'STATE', 'TASKS', 'TIME'], newest.map(runCells))) printer.line(line);
    if (runs.length > shownRuns) printer.line(`… and ${runs.length - shownRuns} earlier ones`);
  }
  if (waiting.length > 0) {
    printer.line();
    for (const line of table(['APPROVAL', 'WAITS FOR', 'TARGET', 'RISK'], waiting.map(approvalCells))) printer.line(line);
    printer.line('`agencyos show ID` shows one; `agencyos approve ID` shows it, asks and approves it.');
  }
  if (processes.length > 0) printer.line();
  showProcesses(processes, printer);
  return 0;
}

/** None where they are not to be seen. @throws CliProblem when nobody answers */
const incidentsOf = (client: GatewayClient): Promise<IncidentRow[]> =>
  client.view('incidents', 'all').then(
    (view) => view.list('incident'),
    (error: unknown) => {
      if (error instanceof Refused) return [];
      throw error;
    },
  );

function showProcesses(processes: LocalProcess[], printer: Printer): void {
  if (processes.length === 0) return;
  for (const line of table(['PROCESS', 'PID', 'STATE', 'RESTARTS'], processes.map(processCells))) printer.line(line);
}

/** One run, task by task. @returns exit code: 1 when it ended without success */
export async function showRun(client: GatewayClient, printer: Printer, given: string): Promise<number> {
  const list = (await client.view('run-list', 'all')).list('run');
  const view = await client.view(
    'run',
    oneOf(
      given,
      'run',
      list.map(({ runId }) => runId),
    ),
  );
  const run = view.row('run');
  if (!run) throw new CliProblem(`Run ${given} is not to be seen yet: try again.`);
  const tasks = view.list('task');
  printer.data({ run, tasks });
  printer.line(`${printable(run.name)} (${run.workflowId} ${run.version}): ${run.state}, ${between(run.startedAt, run.endedAt)}`);
  if (run.fault) printer.line(`  ${printable(run.fault.message)}`);
  printer.line();
  for (const line of table(['TASK', 'STATE', 'ATTEMPT', 'HOLDER', 'TIME', ''], tasks.map(taskCells))) printer.line(line);
  return isOver(run) && run.state !== 'succeeded' ? 1 : 0;
}

const runCells = ({ runId, name, state, tasks: { done, total, failed }, startedAt, endedAt }: RunListRow): string[] => [
  runId,
  printable(name),
  state,
  `${done}/${total}${failed > 0 ? `, ${failed} failed` : ''}`,
  between(startedAt, endedAt),
];

const approvalCells = ({ approvalId, title, target, risk }: InboxRow): string[] => [
  approvalId,
  printable(title),
  printable(target),
  risk,
];

const processCells = ({ name, pid, state, restarts }: LocalProcess): string[] => [
  name,
  pid === null ? '' : String(pid),
  state,
  String(restarts),
];

function taskCells({ taskId, state, attempt, holder, startedAt, endedAt, fault, approvalId, kind }: TaskRow): string[] {
  const remark = fault
    ? printable(fault.message)
    : kind === 'gate' && state === 'waiting'
      ? `decide with: agencyos approve ${approvalId}`
      : '';
  return [taskId, state, attempt > 0 ? String(attempt) : '', holder ?? '', between(startedAt, endedAt), remark];
}

import { ids, type ApprovalRow, type Me } from '@agencyos/contracts';
import { readApproval, showApproval, vote } from '../approvals.js';
import { CliProblem, refusalOf, usageProblem } from '../cli-problem.js';
import type { Command } from '../command.js';
import { deferred } from '../deferred.js';
import { followRun } from '../follow-run.js';
import type { GatewayClient } from '../gateway-client.js';
import { LiveConnection } from '../live-connection.js';
import { asPerson, personOptions } from '../person.js';
import type { Printer } from '../printer.js';
import { isOver, runOf, tasksOf, type RowsByKey } from '../run-story.js';

const workflowId = 'release-check';
const patienceMs = 5 * 60_000;

export const demoCommand: Command = {
  usage: ['demo [--timeout SECONDS] [--name NAME] [--device]'],
  summary: 'follow the example run, approve its gate, and say whether it succeeded',
  details: `Approving needs you in person, as \`agencyos approve\` does. \`npm start -- --demo\` needs nobody: it hands a credential
for one vote on the example's gate through a pipe (--credential-from-stdin).`,
  options: {
    timeout: { type: 'string' },
    'credential-from-stdin': { type: 'boolean' },
    ...personOptions,
  },
  words: 0,
  async run(call) {
    const seconds = call.text('timeout');
    if (seconds !== undefined && !/^[1-9]\d{0,4}$/.test(seconds))
      throw usageProblem('--timeout wants a number of seconds.', 'demo');
    const timeoutMs = seconds === undefined ? patienceMs : Number(seconds) * 1_000;
    const client = call.client({ patienceMs: timeoutMs });
    const secret = call.flag('credential-from-stdin') ? await firstLine(process.stdin) : undefined;
    const decide: Decide = secret
      ? ({ approvalId, actionDigest }) => client.post('/api/v1/demo/vote', { secret, approvalId, actionDigest })
      : (approval) => asPerson(call, (person) => vote(person, approval, 'approve'));
    return demo(client, call.printer, timeoutMs, decide);
  },
};

type Decide = (approval: ApprovalRow) => Promise<unknown>;

/** What the supervisor hands over; its end means that the supervisor is gone, and so is this process then. */
async function firstLine(input: NodeJS.ReadStream): Promise<string> {
  let text = '';
  input.once('end', () => process.exit(1));
  return new Promise((resolve) => {
    input.on('data', (bytes: Buffer) => {
      text += bytes.toString();
      if (!text.includes('\n')) return;
      input.unref(); // it is still watched, and keeps nobody here
      resolve(text.split('\n')[0]!);
    });
  });
}

/**
 * Follows the run that the first start began, approves its gate as soon as it opens, and waits for its end.
 *
 * @returns exit code: 0 when it succeeded
 */
async function demo(client: GatewayClient, printer: Printer, timeoutMs: number, decide: Decide): Promise<number> {
  const live = new LiveConnection(client);
  const late = deferred<never>();
  let last: RowsByKey = {};
  const timer = setTimeout(() => late.reject(new CliProblem(tooLate(last, timeoutMs))), timeoutMs);
  const failed = deferred<never>();
  const handled = new Set<string>();
  try {
    const runId = await Promise.race([exampleRun(client, live, printer), late.promise, live.failure]);
    const followed = followRun(live, runId, printer, (rows) => {
      last = rows;
      const run = runOf(rows);
      if (!run || isOver(run)) return;
      for (const { kind, state, approvalId } of tasksOf(rows)) {
        if (kind !== 'gate' || state !== 'waiting' || !approvalId || handled.has(approvalId)) continue;
        handled.add(approvalId);
        approveGate(client, live, printer, approvalId, decide).catch((error: unknown) => failed.reject(error));
      }
    });
    const run = await Promise.race([followed, late.promise, failed.promise]);
    printer.data({ runId, state: run.state, output: run.output, fault: run.fault });
    return run.state === 'succeeded' ? 0 : 1;
  } finally {
    clearTimeout(timer);
    live.close();
  }
}

/** The seeded run; on an installation where it is not the only one any more, still that one. */
async function exampleRun(client: GatewayClient, live: LiveConnection, printer: Printer): Promise<string> {
  const { installationId } = await client.get<Me>('/api/v1/me');
  const runId = ids.seed(installationId, `run/${workflowId}`);
  printer.line('Waiting for the example run …');
  return new Promise((resolve) => {
    live.follow('run-list', 'all', (list) => {
      if (list.row(`run/${runId}`)) resolve(runId);
    });
  });
}

async function approveGate(
  client: GatewayClient,
  live: LiveConnection,
  printer: Printer,
  approvalId: string,
  decide: Decide,
): Promise<void> {
  await new Promise<void>((resolve) => {
    live.follow('approval', approvalId, (view) => {
      if (view.row('approval')) resolve();
    });
  });
  const approval = await readApproval(client, approvalId);
  if (approval.state !== 'open') return;
  printer.line();
  printer.line('Approving, as an approver would after reading this:');
  showApproval(printer, approval);
  printer.line();
  try {
    await decide(approval);
  } catch (error) {
    // Somebody was faster: the run goes on, or says why not.
    if (refusalOf(error, 'VoteOnApproval') !== 'already_decided') throw error;
  }
}

function tooLate(rows: RowsByKey, timeoutMs: number): string {
  const open = tasksOf(rows).filter(({ state }) => state !== 'succeeded');
  const states = open.map(({ taskId, state }) => `${taskId} ${state}`).join(', ');
  const where = states === '' ? 'it has not begun' : states;
  return `The example run did not end within ${Math.round(timeoutMs / 1_000)} s (${where}): the logs folder in the data folder says why.`;
}

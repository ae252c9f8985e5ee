import type { ApprovalRow, InboxRow } from '@agencyos/contracts';
import { readApproval, showApproval, vote } from '../approvals.js';
import { CliProblem, usageProblem } from '../cli-problem.js';
import type { Call, Command } from '../command.js';
import type { GatewayClient } from '../gateway-client.js';
import { oneOf } from '../one-of.js';
import { asPerson, personOptions } from '../person.js';
import { printable, table, type Printer } from '../printer.js';

const how = `It needs you in person: it asks for your password (with --device for a code that you confirm in the dashboard),
unless \`agencyos login\` has kept a sign-in, or AGENCYOS_TOKEN (with AGENCYOS_URL) is a token of yours that names
approval:vote. An id may be shortened to any beginning or end that only one of them has.`;

export const approveCommand: Command = {
  usage: ['approve', 'approve ID [--reason TEXT] [--yes --digest DIGEST] [--name NAME] [--device]'],
  summary: 'list what waits for a decision, or approve one of them',
  details: `Without ID it lists what waits, each with the digest of its exact action. With ID it shows what would happen, asks,
and approves exactly that.

  --yes --digest DIGEST   for scripts: approve without a question if the action still has this digest

${how}`,
  options: {
    reason: { type: 'string' },
    yes: { type: 'boolean' },
    digest: { type: 'string' },
    ...personOptions,
  },
  words: 1,
  async run(call) {
    const [id] = call.words;
    if (id === undefined) return listWaiting(call.client(), call.printer);
    if (call.flag('yes') !== (call.text('digest') !== undefined))
      throw usageProblem('--yes and --digest belong together.', 'approve');
    const approval = await undecided(call, id);
    if (!call.flag('yes')) await confirm(call);
    return cast(call, approval, 'approve', call.text('reason'));
  },
};

export const rejectCommand: Command = {
  usage: ['reject ID [--reason TEXT] [--digest DIGEST] [--name NAME] [--device]'],
  summary: 'reject what waits for a decision, with the reason',
  details: `Shows what would have happened, and asks for the reason if none is given.

${how}`,
  options: { reason: { type: 'string' }, digest: { type: 'string' }, ...personOptions },
  words: 1,
  async run(call) {
    const [id] = call.words;
    if (id === undefined) throw usageProblem('Which approval?', 'reject');
    const approval = await undecided(call, id);
    const { terminal } = call;
    const reason = call.text('reason') ?? (terminal.interactive ? await terminal.ask('Why? ') : '');
    if (reason.trim() === '')
      throw new CliProblem('A rejection needs its reason: whoever asked has to know. Give it with --reason.');
    return cast(call, approval, 'reject', reason.trim());
  },
};

/** Shows the approval that is meant, if it is undecided and has the digest that was named. @throws CliProblem */
async function undecided(call: Call, id: string): Promise<ApprovalRow> {
  const client = call.client();
  const inbox = (await client.view('inbox', 'all')).list('approval');
  const approvalId = oneOf(
    id,
    'approval',
    inbox.map((row) => row.approvalId),
  );
  const approval = await readApproval(client, approvalId);
  if (approval.state !== 'open')
    throw new CliProblem(`Approval ${approvalId} is ${approval.state} already: nothing is left to decide.`);
  const digest = call.text('digest');
  if (digest !== undefined && bare(digest) !== bare(approval.actionDigest)) {
    throw new CliProblem(
      `The action has the digest ${approval.actionDigest}, not ${digest}: read it again with \`agencyos show ${approvalId}\`.`,
    );
  }
  showApproval(call.printer, approval);
  return approval;
}

const bare = (digest: string): string => digest.replace(/^sha256:/, '');

async function confirm({ terminal }: Call): Promise<void> {
  if (!terminal.interactive) throw new CliProblem('Nobody can be asked here: approve with --yes and the --digest that was read.');
  const answer = await terminal.ask('Approve exactly this? (yes/no) ');
  if (!/^y(es)?$/i.test(answer.trim())) throw new CliProblem('Nothing was decided.');
}

/** Votes on exactly what was shown. @returns exit code */
async function cast(
  call: Call,
  approval: ApprovalRow,
  choice: 'approve' | 'reject',
  reason: string | undefined,
): Promise<number> {
  await asPerson(call, (client) => vote(client, approval, choice, reason));
  const { approvalId, actionDigest } = approval;
  call.printer.line(choice === 'reject' ? 'Rejected.' : 'Approved.');
  call.printer.data({ approvalId, vote: choice, actionDigest });
  return 0;
}

/** Lists what waits for a decision, the oldest first, each with the digest that a vote would be bound to. @returns exit code */
async function listWaiting(client: GatewayClient, printer: Printer): Promise<number> {
  const inbox = (await client.view('inbox', 'all')).list('approval');
  const open = inbox.filter(({ state }) => state === 'open').sort((a, b) => a.requestedAt.localeCompare(b.requestedAt));
  const waiting: { row: InboxRow; approval: ApprovalRow }[] = [];
  for (const row of open) waiting.push({ row, approval: await readApproval(client, row.approvalId) });
  printer.data({
    approvals: waiting.map(({ row, approval: { actionDigest } }) => ({ ...row, actionDigest })),
  });
  if (waiting.length === 0) {
    printer.line('Nothing waits for a decision.');
    return 0;
  }
  const rows = waiting.map(({ row: { approvalId, title, target, risk }, approval: { actionDigest } }) => [
    ...[approvalId, printable(title), printable(target), risk, actionDigest],
  ]);
  for (const line of table(['APPROVAL', 'WAITS FOR', 'TARGET', 'RISK', 'DIGEST'], rows)) printer.line(line);
  printer.line('`agencyos show ID` shows exactly what one is; `approve ID` and `reject ID` show, ask, decide.');
  return 0;
}

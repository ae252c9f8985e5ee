import type { ApprovalRow, InboxRow } from '@agencyos/contracts';
import { readApproval, showApproval, vote } from '../approvals.js';
import { CliProblem } from '../cli-problem.js';
import type { GatewayClient } from '../gateway-client.js';
import { oneOf } from '../one-of.js';
import { printable, table, type Printer } from '../printer.js';

/** Approves or rejects what waits, after showing exactly what it is. @returns exit code */
export async function approve(
  client: GatewayClient,
  printer: Printer,
  { id, reject, reason }: { id: string; reject: boolean; reason?: string | undefined },
): Promise<number> {
  const inbox = await client.view('inbox', 'all');
  const approvalId = oneOf(
    id,
    'approval',
    Object.keys(inbox).map((key) => key.replace('approval/', '')),
  );
  const approval = await readApproval(client, approvalId);
  if (approval.state !== 'open') {
    throw new CliProblem(`Approval ${approvalId} is ${approval.state} already: nothing is left to decide.`);
  }
  showApproval(printer, approval);
  const choice = reject ? 'reject' : 'approve';
  await vote(client, approval, choice, reason);
  printer.line(reject ? 'Rejected.' : 'Approved.');
  printer.data({ approvalId, vote: choice, actionDigest: approval.actionDigest });
  return 0;
}

/** Lists what waits for a decision, the oldest first, each with the digest that a vote would be bound to. @returns exit code */
export async function listWaiting(client: GatewayClient, printer: Printer): Promise<number> {
  const inbox = Object.values(await client.view('inbox', 'all')) as InboxRow[];
  const open = inbox
    .filter(({ state }) => state === 'open')
    .sort((a, b) => a.requestedAt.localeCompare(b.requestedAt));
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
  printer.line(
    '`agencyos approve ID` shows exactly what one is and approves it; with --reject it rejects it.',
  );
  return 0;
}

import { readApproval, showApproval, vote } from '../approvals.js';
import { CliProblem } from '../cli-problem.js';
import type { GatewayClient } from '../gateway-client.js';
import { oneOf } from '../one-of.js';
import type { Printer } from '../printer.js';

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

import type { ApprovalRow } from '@agencyos/contracts';
import { CliProblem } from './cli-problem.js';
import type { GatewayClient } from './gateway-client.js';
import { outline, printable, type Printer } from './printer.js';

/** @throws CliProblem when there is none */
export async function readApproval(client: GatewayClient, approvalId: string): Promise<ApprovalRow> {
  const row = (await client.view('approval', approvalId)).row('approval');
  if (!row) throw new CliProblem(`There is no approval ${approvalId}: \`agencyos status\` lists what waits.`);
  return row;
}

/** Shows exactly what a vote would be about. */
export function showApproval(printer: Printer, { action, actionDigest, brief, requester, risk }: ApprovalRow): void {
  printer.line(`  ${action.kind} ${printable(action.target)}, risk ${risk}, asked by ${requester}`);
  const words = textOf(brief);
  if (words) printer.line(`  ${printable(words)}`);
  const parameters = 'value' in action.parameters ? action.parameters.value : action.parameters;
  for (const line of outline(parameters, '    ')) printer.line(line);
  const guarded = (parameters as { guarded?: unknown } | null)?.guarded;
  if (guarded) printer.line('  What a program fetches by itself while it runs is not covered.');
  printer.line(`  ${actionDigest}`);
}

/** Votes on exactly the action that was read. */
export async function vote(
  client: GatewayClient,
  { approvalId, actionDigest }: Pick<ApprovalRow, 'approvalId' | 'actionDigest'>,
  choice: 'approve' | 'reject',
  reason?: string,
): Promise<void> {
  const data = { approvalId, vote: choice, actionDigest, stepUp: 'none' as const, ...(reason && { reason }) };
  await client.command('approvals', 'VoteOnApproval', data);
}

function textOf(brief: ApprovalRow['brief']): string | undefined {
  if (!('value' in brief)) return undefined;
  const { value } = brief;
  if (typeof value === 'string') return value;
  const summary = (value as { summary?: unknown } | null)?.summary;
  return typeof summary === 'string' ? summary : undefined;
}

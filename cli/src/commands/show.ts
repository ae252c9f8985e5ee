import { readApproval, showApproval } from '../approvals.js';
import { usageProblem } from '../cli-problem.js';
import type { Command } from '../command.js';
import { oneOf } from '../one-of.js';
import { printable } from '../printer.js';
import { showRun } from './status.js';

/** Shows one approval, decided or not, or one run. */
export const showCommand: Command = {
  usage: ['show ID'],
  summary: 'show exactly what an approval is about, or how a run stands',
  details: 'Changes nothing. An id may be shortened to any beginning or end that only one of them has.',
  words: 1,
  async run({ words: [given], client: connect, printer }) {
    if (given === undefined) throw usageProblem('Which approval or run?', 'show');
    const client = connect();
    const [inbox, runs] = await Promise.all([client.view('inbox', 'all'), client.view('run-list', 'all')]);
    const approvalIds = inbox.list('approval').map(({ approvalId }) => approvalId);
    const runIds = runs.list('run').map(({ runId }) => runId);
    const id = oneOf(given, 'approval or run', [...approvalIds, ...runIds]);
    if (runIds.includes(id)) return showRun(client, printer, id);
    const approval = await readApproval(client, id);
    printer.data({ approval });
    showApproval(printer, approval);
    for (const { voter, vote, reason } of approval.votes)
      printer.line(`  ${voter}: ${vote}${reason ? `, ${printable(reason)}` : ''}`);
    printer.line(`  ${approval.state}${approval.state === 'open' ? `, until ${approval.expiresAt}` : ''}`);
    return 0;
  },
};

import type { UpgradeState } from '@agencyos/contracts';
import { usageProblem } from '../cli-problem.js';
import type { Command } from '../command.js';
import { printable, table, type Printer } from '../printer.js';

export const upgradeCommand: Command = {
  usage: ['upgrade', 'upgrade status', 'upgrade finish'],
  summary: 'what an upgrade waits for, or finish it',
  details: `A new version reads what is new at once, but writes and offers it only when every process of every service reads it:
until then you may go back to the version before. By itself that happens after a while (AGENCYOS_RAISE_AFTER_MINUTES of the
healer, 10 unless said, or never); \`agencyos upgrade finish\` does it now, and from then on the version before refuses to start.
Exit code 1 while an upgrade is under way.`,
  words: 1,
  async run({ words: [verb = 'status'], client, printer }) {
    if (verb === 'status') return show(await client().get<UpgradeState>('/api/v1/upgrade'), printer);
    if (verb === 'finish') return show(await client().post<UpgradeState>('/api/v1/upgrade/finish', {}), printer);
    throw usageProblem(`"upgrade ${verb}" is not understood.`, 'upgrade');
  },
};

/** @returns exit code: 1 while somebody reads more than what is written */
function show(state: UpgradeState, printer: Printer): number {
  printer.data(state);
  const { written, readByAll, readers, silent, raisedAt } = state;
  const most = Math.max(written, ...readers.map(({ reads }) => reads));
  if (most === written) {
    printer.line(`No upgrade is under way: contracts are written up to level ${written}, and nobody reads more.`);
    return 0;
  }
  printer.line(`An upgrade is under way: contracts are written up to level ${written}, and some read up to level ${most}.`);
  if (readByAll !== undefined && readByAll > written) {
    const when = raisedAt ? `at ${raisedAt}` : 'not';
    printer.line(`All read level ${readByAll}. It is written by itself ${when}, and now by \`agencyos upgrade finish\`:`);
    printer.line(`from then on there is no way back to a version that reads up to level ${readByAll - 1}.`);
    return 1;
  }
  printer.line('You may go back to the version before. It waits for:');
  const late = readers.filter(({ reads }) => reads <= written);
  const rows = [
    ...late.map(({ service, instanceId, reads }) => [service, printable(instanceId), `reads up to level ${reads}`]),
    ...silent.map((service) => [service, '', 'is not heard']),
  ];
  for (const line of table(['SERVICE', 'INSTANCE', ''], rows)) printer.line(line);
  return 1;
}

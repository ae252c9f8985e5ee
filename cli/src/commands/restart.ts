import { CliProblem, usageProblem } from '../cli-problem.js';
import type { Command } from '../command.js';
import { restartProcess } from '../processes.js';

export const restartCommand: Command = {
  usage: ['restart NAME'],
  summary: 'restart one process of this machine, as its supervisor does',
  details: `Asks the supervisor of the data folder directly, so it works whatever else is down. \`agencyos status\` lists the
processes. Exit code 1 when the process did not become ready.`,
  words: 1,
  async run({ words: [name], client, printer }) {
    if (name === undefined) throw usageProblem('Which process? `agencyos status` lists them.', 'restart');
    const { dataDir } = client().target;
    const result = await restartProcess(dataDir, name).catch(() => {
      throw new CliProblem(`No supervisor answers for ${dataDir}: start AgencyOS with \`npm start\`.`);
    });
    printer.data({ name, ...result });
    if (result.failed !== undefined) throw new CliProblem(result.failed);
    printer.line(`${name} is ready again.`);
    return 0;
  },
};

import { parseArgs, type ParseArgsConfig } from 'node:util';
import { usageProblem } from './cli-problem.js';
import { approve, listWaiting } from './commands/approve.js';
import { boards } from './commands/boards.js';
import { demo } from './commands/demo.js';
import { log } from './commands/log.js';
import { parked, retryParked } from './commands/parked.js';
import { runWorkflow } from './commands/run.js';
import { status } from './commands/status.js';
import { GatewayClient } from './gateway-client.js';
import { consolePrinter } from './printer.js';
import { findTarget } from './target.js';

export const help = `agencyos: the command line of AgencyOS Orchestration

  agencyos run FILE [--input name=text] [--input name:=json] [--board BOARD] [--wait]
                                 publish a workflow file and start it, with its cards on a board (id or key, or
                                 none; else the first work board); --wait follows it, exit code 0 or 1
  agencyos approve               what waits for a decision, each with the digest of its exact action
  agencyos approve ID [--reject] [--reason TEXT]
                                 show what an approval is about and vote on exactly that
  agencyos status [RUN]          runs and open approvals, or one run's tasks
  agencyos boards                boards and how many cards are in their columns
  agencyos parked                facts that a consumer could not handle
  agencyos parked retry [NAME]   handle them again, of one consumer or all
  agencyos log export FILE       write the whole log to a file, or continue that file
  agencyos log import FILE       read it into an empty log; services stopped (DATABASE_URL, KURRENTDB_URL say where)
  agencyos demo                  follow the example run, approve its gate, exit 0 when it has succeeded

Everywhere:
  --url URL        address (else AGENCYOS_URL, the data folder's, http://127.0.0.1:8400)
  --data-dir DIR   the installation's data folder (else AGENCYOS_DATA_DIR, .agencyos here or further up)
  --json           one JSON value per line, for machines
  --help, --version
An id may be shortened to any beginning or end that only one of them has.
`;

const everywhere = {
  url: { type: 'string' },
  'data-dir': { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;
const own = {
  run: { input: { type: 'string', multiple: true }, board: { type: 'string' }, wait: { type: 'boolean' } },
  approve: { reject: { type: 'boolean' }, reason: { type: 'string' } },
  status: {},
  boards: {},
  parked: {},
  log: {},
  demo: { timeout: { type: 'string' } },
} as const satisfies Record<string, ParseArgsConfig['options']>;
type CommandName = keyof typeof own;

const demoTimeoutMs = 5 * 60_000;

/** Runs one command line. @returns exit code @throws CliProblem */
export async function program(
  argv: string[],
  version: string,
  write: (text: string) => void,
): Promise<number> {
  const [name = '', ...rest] = argv;
  if (name === '' || name === 'help' || name === '--help' || name === '-h') {
    write(help);
    return name === '' ? 2 : 0;
  }
  if (name === '--version') {
    write(`${version}\n`);
    return 0;
  }
  if (!Object.hasOwn(own, name)) throw usageProblem(`There is no command "${name}".`);
  const { values, positionals } = parse(name as CommandName, rest);
  if (values['help']) {
    write(help);
    return 0;
  }
  const printer = consolePrinter(values['json'] === true, write);
  const text = (option: string) => values[option] as string | undefined;
  const [first, second, ...more] = positionals;
  const surplus = name === 'parked' || name === 'log' ? more[0] : second;
  if (surplus !== undefined) throw usageProblem(`"${surplus}" is one word too many.`);
  if (name === 'log') {
    if (first !== 'export' && first !== 'import')
      throw usageProblem('`log export FILE`, or `log import FILE`?');
    if (second === undefined) throw usageProblem('Which file?');
    return log(first, second, text('data-dir') ?? process.env['AGENCYOS_DATA_DIR']);
  }
  const target = findTarget({ url: text('url'), dataDir: text('data-dir') });

  switch (name as Exclude<CommandName, 'log'>) {
    case 'run': {
      if (first === undefined) throw usageProblem('Which workflow file?');
      const inputs = (values['input'] as string[] | undefined) ?? [];
      const options = { file: first, inputs, board: text('board'), wait: values['wait'] === true };
      return runWorkflow(new GatewayClient(target), printer, options);
    }
    case 'approve':
      if (first === undefined) {
        if (values['reject'] === true || text('reason') !== undefined) throw usageProblem('Which approval?');
        return listWaiting(new GatewayClient(target), printer);
      }
      return approve(new GatewayClient(target), printer, {
        id: first,
        reject: values['reject'] === true,
        reason: text('reason'),
      });
    case 'status':
      return status(new GatewayClient(target), printer, first);
    case 'boards':
      if (first !== undefined) throw usageProblem(`"${first}" is one word too many.`);
      return boards(new GatewayClient(target), printer);
    case 'parked':
      if (first === undefined) return parked(new GatewayClient(target), printer);
      if (first !== 'retry') throw usageProblem(`"parked ${first}" is not understood.`);
      return retryParked(new GatewayClient(target), printer, second);
    case 'demo': {
      if (first !== undefined) throw usageProblem(`"${first}" is one word too many.`);
      const seconds = text('timeout');
      if (seconds !== undefined && !/^[1-9]\d{0,4}$/.test(seconds))
        throw usageProblem('--timeout wants a number of seconds.');
      const timeoutMs = seconds === undefined ? demoTimeoutMs : Number(seconds) * 1_000;
      return demo(new GatewayClient(target, { patienceMs: timeoutMs }), printer, timeoutMs);
    }
  }
}

function parse(name: CommandName, args: string[]) {
  try {
    const options: NonNullable<ParseArgsConfig['options']> = { ...everywhere, ...own[name] };
    return parseArgs({ args, options, allowPositionals: true, strict: true });
  } catch (error) {
    throw usageProblem(`${(error as Error).message.split('.')[0]}.`);
  }
}

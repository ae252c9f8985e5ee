import { parseArgs } from 'node:util';
import { usageProblem } from './cli-problem.js';
import type { Call, Command } from './command.js';
import { commands } from './commands/index.js';
import { GatewayClient } from './gateway-client.js';
import { helpOf, overview } from './help.js';
import { consolePrinter } from './printer.js';
import { findTarget } from './target.js';
import { processTerminal, type Terminal } from './terminal.js';

const everywhere = {
  url: { type: 'string' },
  'data-dir': { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

interface Understood {
  values: Record<string, unknown>;
  positionals: string[];
}

/** Runs one command line. @returns exit code @throws CliProblem */
export async function program(
  argv: string[],
  version: string,
  write: (text: string) => void,
  terminal: Terminal = processTerminal,
): Promise<number> {
  const [name = '', ...rest] = argv;
  if (name === '' || name === 'help' || name === '--help' || name === '-h') {
    const [about = ''] = rest;
    write(Object.hasOwn(commands, about) ? helpOf(commands[about]!) : overview(commands));
    return name === '' ? 2 : 0;
  }
  if (name === '--version') {
    write(`${version}\n`);
    return 0;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) throw usageProblem(`There is no command "${name}".`);
  const { values, positionals: words } = parse(name, command, rest);
  if (values['help']) {
    write(helpOf(command));
    return 0;
  }
  const surplus = words[command.words];
  if (surplus !== undefined) throw usageProblem(`"${surplus}" is one word too many.`, name);
  const text = (option: string) => values[option] as string | undefined;
  const place = { url: text('url'), dataDir: text('data-dir') };
  const call: Call = {
    words,
    text,
    texts: (option) => (values[option] as string[] | undefined) ?? [],
    flag: (option) => values[option] === true,
    printer: consolePrinter(values['json'] === true, write),
    terminal,
    client: (options) => new GatewayClient(findTarget(place), options),
  };
  return command.run(call);
}

function parse(name: string, { options }: Command, args: string[]): Understood {
  try {
    return parseArgs({ args, options: { ...everywhere, ...options }, allowPositionals: true, strict: true });
  } catch (error) {
    throw usageProblem(`${(error as Error).message.split('.')[0]}.`, name);
  }
}

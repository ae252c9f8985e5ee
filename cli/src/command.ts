import type { ParseArgsConfig } from 'node:util';
import type { ClientOptions, GatewayClient } from './gateway-client.js';
import type { Printer } from './printer.js';
import type { Terminal } from './terminal.js';

export type Options = NonNullable<ParseArgsConfig['options']>;

/** One command line, understood. */
export interface Call {
  /** What follows the command's name, without options. */
  words: string[];
  text(option: string): string | undefined;
  texts(option: string): string[];
  flag(option: string): boolean;
  printer: Printer;
  terminal: Terminal;
  /** Talks to the installation that is meant. @throws CliProblem when there is none */
  client(options?: ClientOptions): GatewayClient;
}

/** One command of the command line. */
export interface Command {
  /** Ways to call it, without `agencyos`. */
  usage: string[];
  /** One line for the overview. */
  summary: string;
  /** The rest of its help page: options, exit codes, examples. */
  details?: string;
  options?: Options;
  /** Most words that may follow its name. */
  words: number;
  /** @returns exit code @throws CliProblem */
  run(call: Call): Promise<number> | number;
}

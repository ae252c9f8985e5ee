import type { Fact } from '@agencyos/contracts';
import { usageProblem } from '../cli-problem.js';
import type { Command } from '../command.js';
import type { GatewayClient } from '../gateway-client.js';
import { printable, table, type Printer } from '../printer.js';

interface ParkedFact {
  context: string;
  consumer: string;
  stream: string;
  position: string;
  fact: Fact;
  cause: string;
  parkedAt: string;
}

export const parkedCommand: Command = {
  usage: ['parked', 'parked retry [CONSUMER]'],
  summary: 'list facts that a consumer could not handle, or try them again',
  details: 'Exit code 1 while something is parked. Without CONSUMER all of them are tried again.',
  words: 2,
  async run({ words: [verb, consumer], client, printer }) {
    if (verb === undefined) return parked(client(), printer);
    if (verb !== 'retry') throw usageProblem(`"parked ${verb}" is not understood.`, 'parked');
    return retryParked(client(), printer, consumer);
  },
};

/** Lists facts that a consumer could not handle. @returns exit code: 1 when there are any */
async function parked(client: GatewayClient, printer: Printer): Promise<number> {
  const answer = await client.get<{ parked: ParkedFact[]; silent: string[] }>('/api/v1/parked');
  printer.data(answer);
  for (const context of answer.silent) printer.line(`${context} does not answer: what it has parked is not shown.`);
  if (answer.parked.length === 0) {
    printer.line('Nothing is parked.');
    return 0;
  }
  const rows = answer.parked.map(({ context, consumer, fact, stream, cause }) => [
    ...[context, consumer, fact.type, stream],
    printable(cause).slice(0, 100),
  ]);
  for (const line of table(['CONTEXT', 'CONSUMER', 'EVENT', 'STREAM', 'CAUSE'], rows)) printer.line(line);
  printer.line('`agencyos parked retry [CONSUMER]` tries them again.');
  return 1;
}

/** Tries parked facts again, of one consumer or all. @returns exit code: 1 when some are left */
async function retryParked(client: GatewayClient, printer: Printer, consumer?: string): Promise<number> {
  const { results } = await client.post<{
    results: { context: string; passed?: number; left?: number; rebuilt?: string[]; silent?: boolean }[];
  }>('/api/v1/parked/retry', consumer ? { consumer } : {});
  printer.data({ results });
  for (const { context, passed = 0, left = 0, rebuilt = [], silent } of results) {
    for (const view of rebuilt) printer.line(`${context}: ${view} is built anew; what is parked goes when it is whole.`);
    if (silent) printer.line(`${context} does not answer.`);
    else if (passed + left > 0) printer.line(`${context}: ${passed} handled, ${left} still parked`);
  }
  const left = results.reduce((sum, result) => sum + (result.left ?? 0), 0);
  if (left === 0) printer.line('Nothing is parked any more.');
  return left === 0 && !results.some(({ silent }) => silent) ? 0 : 1;
}

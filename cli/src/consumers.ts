import type { GatewayClient } from './gateway-client.js';
import { printable } from './printer.js';

/** What a reader of the log says of itself. */
export interface Consumer {
  service: string;
  consumer: string;
  lag: number;
  parked: number;
  trouble?: { why: 'failing' | 'halted' | 'parked' | 'standing'; since: string; cause: string };
}

const WHY = {
  failing: 'waits for a fact that fails',
  halted: 'has halted before what it cannot read',
  parked: 'has parked facts (`agencyos parked` lists them)',
  standing: 'stands still',
};

/** Fewer are on their way. */
const MANY_EVENTS = 1_000;

/** A gateway of before does not know. */
export const consumersOf = (client: GatewayClient): Promise<Consumer[]> =>
  client.get<{ consumers?: Consumer[] }>('/api/v1/consumers').then(
    ({ consumers }) => consumers ?? [],
    () => [],
  );

/** In one line, where somebody has to know. */
export function troubleOf({ service, consumer, lag, trouble }: Consumer): string[] {
  if (!trouble) return lag > MANY_EVENTS ? [`  ${service}/${consumer} is ${lag} events behind`] : [];
  const { why, since, cause } = trouble;
  return [`  ${service}/${consumer} ${WHY[why]} since ${since}, ${lag} events behind: ${printable(cause)}`];
}

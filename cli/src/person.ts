import { setTimeout as delay } from 'node:timers/promises';
import type { LoginToken, Me, NewDevice } from '@agencyos/contracts';
import { CliProblem, Refused } from './cli-problem.js';
import type { Call } from './command.js';
import type { GatewayClient } from './gateway-client.js';
import { forget, keep, readKept } from './kept-login.js';

/** How a person says who they are: options of every command that acts as one. */
export const personOptions = { name: { type: 'string' }, device: { type: 'boolean' } } as const;

/** Acts as a person who has proved who they are; the token file of the data folder decides nothing. */
export async function asPerson<T>(call: Call, act: (client: GatewayClient) => Promise<T>): Promise<T> {
  const client = call.client();
  const { target } = client;
  if (target.ownToken) return act(client);
  const kept = readKept(target);
  if (kept) return act(client.as(kept));
  if (!call.terminal.interactive) {
    throw new CliProblem(
      'This needs you in person: run it in a terminal, or set AGENCYOS_TOKEN (and AGENCYOS_URL) to a token of yours that names what it may do, e.g. approval:vote; `agencyos token` makes one.',
    );
  }
  const { token } = await logIn(call);
  const person = client.as(token);
  try {
    return await act(person);
  } finally {
    if (!keep(target, token)) await forget(person);
  }
}

/** Asks for name and password, or with `--device` for a code confirmed in the dashboard. @throws CliProblem */
export async function logIn(call: Call): Promise<LoginToken> {
  const stranger = call.client().as('');
  if (call.flag('device')) return byDevice(call, stranger);
  return passwordChecked(stranger.post<LoginToken>('/api/v1/login/token', await askPassword(call)));
}

/** Name and password of a person at the terminal. @throws CliProblem when there is none */
export async function askPassword(call: Call): Promise<{ name: string; password: string }> {
  if (!call.terminal.interactive) throw new CliProblem('A password is asked for in a terminal only, never read from elsewhere.');
  const name = call.text('name') ?? (await askName(call));
  const password = await call.terminal.askHidden(`Password of ${name}: `);
  if (!name || !password) throw new CliProblem('Nothing was done.');
  return { name, password };
}

/** Proposes the one whose token file this is. */
async function askName(call: Call): Promise<string> {
  const { user } = await call.client().get<Me>('/api/v1/me');
  const typed = (await call.terminal.ask(user ? `Name [${user.name}]: ` : 'Name: ')).trim();
  return typed || (user?.name ?? '');
}

async function byDevice({ printer, terminal }: Call, stranger: GatewayClient): Promise<LoginToken> {
  const { code, secret, expiresAt } = await stranger.post<NewDevice>('/api/v1/device', {});
  const address = `${stranger.target.url}/device?code=${code}`;
  terminal.say(`Confirm the code ${code} in the dashboard, signed in: ${address}`);
  printer.data({ code, address, expiresAt });
  for (;;) {
    try {
      return await stranger.post<LoginToken>('/api/v1/device/token', { secret });
    } catch (error) {
      if (!(error instanceof Refused) || error.problem.code !== 'pending') throw error;
      const { retryAfterMs } = error.problem as { retryAfterMs?: number };
      await delay(retryAfterMs ?? 2_000);
    }
  }
}

/** The refusal of a password is not about the token in the data folder. */
export async function passwordChecked<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Refused && error.problem.code === 'unauthenticated')
      throw new CliProblem(error.problem.detail ?? 'The name or the password is wrong.');
    throw error;
  }
}

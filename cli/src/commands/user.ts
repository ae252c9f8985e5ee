import type { NewLink, NewUser, PeopleList, PersonInfo, WaitingVote, WaitingVotes } from '@agencyos/contracts';
import { CliProblem, usageProblem } from '../cli-problem.js';
import type { Call, Command } from '../command.js';
import type { GatewayClient } from '../gateway-client.js';
import { asPerson, personOptions } from '../person.js';
import { printable, table } from '../printer.js';

type Act = (call: Call, client: GatewayClient, name: string) => Promise<number>;

/** Who may sign in, and what they may do. */
export const userCommand: Command = {
  usage: [
    'user list',
    'user add NAME --role ROLE…',
    'user link NAME',
    'user roles NAME --role ROLE…',
    'user disable NAME [--yes]',
    'user enable NAME',
  ],
  summary: 'add people by a one-time link, change their roles, disable them',
  details: `Added, somebody gets a link that works once, for a week: they set their password with it. \`link\` makes a new one
for whoever has not used theirs. Disabled, they are out within seconds, with their sessions, tokens and the agents and
subscribers that they answer for; first you are told what waits for their vote. The last one who administers stays.

  --role ROLE   viewer, operator, approver or admin; more than once
  --yes         disable without being asked

  agencyos user add lead --role operator --role approver`,
  options: {
    role: { type: 'string', multiple: true },
    yes: { type: 'boolean' },
    ...personOptions,
  },
  words: 2,
  async run(call) {
    const [verb = '', name] = call.words;
    if (verb === 'list') return asPerson(call, (client) => list(call, client));
    const act = Object.hasOwn(verbs, verb) ? verbs[verb] : undefined;
    if (!act) throw usageProblem('List, add, link, roles, disable or enable?', 'user');
    if (name === undefined) throw usageProblem('Whose name?', 'user');
    return asPerson(call, (client) => act(call, client, name));
  },
};

const verbs: Record<string, Act> = { add, link, roles, disable, enable };

async function list({ printer }: Call, client: GatewayClient): Promise<number> {
  const { people } = await client.get<PeopleList>('/api/v1/people');
  printer.data({ people });
  const rows = people.map(({ name, state, roles, groups, sessions, tokens, lastSeenAt }) => [
    ...[printable(name), state, roles.join(', '), groups.join(', ')],
    ...[String(sessions), String(tokens.length), lastSeenAt ?? ''],
  ]);
  for (const line of table(['NAME', 'STATE', 'ROLES', 'GROUPS', 'SESSIONS', 'TOKENS', 'SEEN'], rows)) printer.line(line);
  return 0;
}

async function add(call: Call, client: GatewayClient, name: string): Promise<number> {
  const made = await client.post<NewUser>('/api/v1/users', { name, roles: rolesOf(call) });
  call.printer.data(made);
  tellLink(call, made.link!);
  return 0;
}

async function link(call: Call, client: GatewayClient, name: string): Promise<number> {
  const { userId } = await personCalled(client, name);
  const made = await client.post<NewLink>(`/api/v1/users/${userId}/link`, {});
  call.printer.data(made);
  tellLink(call, made);
  return 0;
}

async function roles(call: Call, client: GatewayClient, name: string): Promise<number> {
  const { userId } = await personCalled(client, name);
  const wanted = rolesOf(call);
  await client.command('identity', 'SetUserRoles', { userId, roles: wanted as PersonInfo['roles'] });
  call.printer.data({ userId, roles: wanted });
  call.printer.line(`${name} is now: ${wanted.join(', ')}.`);
  return 0;
}

async function disable(call: Call, client: GatewayClient, name: string): Promise<number> {
  const { userId } = await personCalled(client, name);
  const { approvals } = await client.get<WaitingVotes>(`/api/v1/users/${userId}/waiting`);
  for (const line of waitingFor(name, approvals)) call.terminal.say(line);
  if (!call.flag('yes')) {
    if (!call.terminal.interactive) throw new CliProblem(`Say --yes to disable ${name} without being asked.`);
    if ((await call.terminal.ask(`Disable ${name}? Type yes: `)).trim() !== 'yes') throw new CliProblem('Nothing was done.');
  }
  await client.command('identity', 'DisableUser', { userId });
  call.printer.data({ userId, approvals });
  call.printer.line(`${name} is out. What they had is not given back: enabled again, they sign in and make new tokens.`);
  if (approvals.length > 0) call.printer.line(`Waits for others now: ${titles(approvals)}.`);
  return 0;
}

async function enable(call: Call, client: GatewayClient, name: string): Promise<number> {
  const { userId } = await personCalled(client, name);
  await client.command('identity', 'EnableUser', { userId });
  call.printer.data({ userId });
  call.printer.line(`${name} may sign in again.`);
  return 0;
}

/** @throws CliProblem */
export async function personCalled(client: GatewayClient, name: string): Promise<PersonInfo> {
  const { people } = await client.get<PeopleList>('/api/v1/people');
  const found = people.find((one) => one.name === name.toLowerCase() || one.userId === name);
  if (found) return found;
  throw new CliProblem(`There is nobody called ${printable(name)}: \`agencyos user list\` shows everybody.`);
}

function rolesOf(call: Call): string[] {
  const wanted = call.texts('role');
  if (wanted.length === 0) throw usageProblem('What are they? Say it with --role.', 'user');
  return wanted;
}

function tellLink({ printer }: Call, { url, expiresAt }: NewLink): void {
  printer.line(url);
  printer.line(`It works once, until ${expiresAt}, and is shown only now.`);
}

function waitingFor(name: string, approvals: WaitingVote[]): string[] {
  const alone = approvals.filter((one) => one.alone);
  return [
    ...(approvals.length > 0 ? [`${approvals.length} waiting for the vote of ${name}: ${titles(approvals)}.`] : []),
    ...(alone.length > 0 ? [`Nobody else may decide: ${titles(alone)}.`] : []),
  ];
}

const titles = (approvals: WaitingVote[]): string => approvals.map(({ title }) => printable(title)).join('; ');

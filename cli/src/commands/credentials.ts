import type { Me } from '@agencyos/contracts';
import { CliProblem, refusalOf, usageProblem } from '../cli-problem.js';
import type { Call, Command } from '../command.js';
import type { GatewayClient } from '../gateway-client.js';
import { table } from '../printer.js';
import {
  issueCredential,
  listCredentials,
  removeCredential,
  type IssuedCredential,
  type KnownCredentials,
} from '../supervisor.js';
import { findDataDir } from '../target.js';

const place = 'supervisor/README.md, "Credentials for others", says which account that is.';

/** Agents of others: lets them in with what they may work on, and out again. */
export const agentCommand: Command = {
  usage: ['agent add NAME --role ROLE…', 'agent remove NAME', 'agent list'],
  summary: 'let an agent in, with the roles whose tasks it is offered, or out again',
  details: `Added: you answer for it from then on, it is recorded as yours. Prints the address of NATS and the file with its
key; the same name again changes its roles.
Removed: its connections are closed and its key opens nothing any more; what it was working on is given to others when
the lease is over.

  --role ROLE   whose tasks it is offered; more than once

  agencyos agent add translator --role translate --role review`,
  options: { role: { type: 'string', multiple: true } },
  words: 2,
  async run(call) {
    const [verb] = call.words;
    if (verb === 'list') return list(call, 'agents');
    const name = nameOf(call, 'agent');
    if (verb === 'remove') {
      // The credential first: it is gone whatever else is down, and asking again finishes the rest.
      const removed = await removeCredential(dataDirOf(call), 'agents', name);
      const dismissed = await dismiss(call, name);
      return tellRemoved(call, name, removed, dismissed);
    }
    const roles = call.texts('role');
    if (roles.length === 0) throw usageProblem('Whose tasks is it to be offered? Say it with --role.', 'agent');
    const client = call.client();
    const issued = await issueCredential(dataDirOf(call), 'agents', { name, roles, ...(await ownerOf(client)) });
    await client.command('swarm', 'AdmitAgent', { agentId: name, roles });
    return tell(call, { name, roles, ...issued }, issued);
  },
};

/** Programs that listen to facts. */
export const subscriberCommand: Command = {
  usage: ['subscriber add NAME --subjects SUBJECT…', 'subscriber remove NAME', 'subscriber list'],
  summary: 'let a program listen to what happens, over NATS, or no longer',
  details: `It hears the subjects that you name, live, and can send nothing. The same name again changes them. Removed, its
connections are closed and its key opens nothing any more.

  --subjects SUBJECT   below agencyos.evt., e.g. 'agencyos.evt.approvals.>'; more than once, or with commas

  agencyos subscriber add ledger --subjects 'agencyos.evt.approvals.>'`,
  options: { subjects: { type: 'string', multiple: true } },
  words: 2,
  async run(call) {
    const [verb] = call.words;
    if (verb === 'list') return list(call, 'subscribers');
    const name = nameOf(call, 'subscriber');
    if (verb === 'remove') return tellRemoved(call, name, await removeCredential(dataDirOf(call), 'subscribers', name), false);
    const subjects = call.texts('subjects').flatMap((list) => list.split(','));
    if (subjects.length === 0) throw usageProblem('What is it to hear? Say it with --subjects.', 'subscriber');
    const owner = await ownerOf(call.client());
    const issued = await issueCredential(dataDirOf(call), 'subscribers', { name, subjects, ...owner });
    return tell(call, { name, subjects, ...issued }, issued);
  },
};

function nameOf({ words: [verb, name] }: Call, command: string): string {
  if (verb !== 'add' && verb !== 'remove')
    throw usageProblem(`\`${command} add NAME\`, \`${command} remove NAME\` or \`${command} list\`?`, command);
  if (name === undefined) throw usageProblem('Which name?', command);
  return name;
}

/** Whoever adds it answers for it: it goes when they are disabled. */
async function ownerOf(client: GatewayClient): Promise<{ owner?: string }> {
  const { principal } = await client.get<Me>('/api/v1/me');
  return principal.startsWith('user:') ? { owner: principal } : {};
}

const dataDirOf = (call: Call): string => findDataDir(call.text('data-dir'));

async function list(call: Call, what: keyof KnownCredentials): Promise<number> {
  const known = await listCredentials(dataDirOf(call));
  if (!known) throw new CliProblem('NATS is run by somebody else: its accounts are listed there.');
  call.printer.data(known[what]);
  const rows =
    what === 'agents'
      ? known.agents.map(({ name, roles, builtIn }) => [name, builtIn ? 'built in' : 'added', roles.join(', ')])
      : known.subscribers.map(({ name, subjects }) => [name, subjects.join(', ')]);
  const header = what === 'agents' ? ['AGENT', 'KIND', 'ROLES'] : ['SUBSCRIBER', 'SUBJECTS'];
  for (const line of table(header, rows)) call.printer.line(line);
  return 0;
}

function tell({ printer }: Call, data: object, issued: IssuedCredential | undefined): number {
  printer.data(data);
  if (issued) {
    printer.line(`NATS      ${issued.natsUrl}`);
    printer.line(`name      ${issued.principal}`);
    printer.line(`nkey      ${issued.nkeyFile}`);
  } else {
    printer.line('NATS is run by somebody else: add the account there.');
    printer.line(place);
  }
  return 0;
}

/** Takes its roles back in the log. @returns false when it had been admitted to nothing */
async function dismiss(call: Call, name: string): Promise<boolean> {
  try {
    await call.client().command('swarm', 'AdmitAgent', { agentId: name, roles: [] });
    return true;
  } catch (error) {
    if (refusalOf(error, 'AdmitAgent') === 'not_found') return false;
    throw error;
  }
}

function tellRemoved({ printer }: Call, name: string, removed: boolean | undefined, dismissed: boolean): number {
  if (!removed && !dismissed && removed !== undefined) throw new CliProblem(`There is no credential of the name ${name}.`);
  printer.data({ name });
  printer.line(
    removed === undefined
      ? `NATS is run by somebody else: remove the account of ${name} there. ${place}`
      : `${name} is out: its connections are closed, and its key opens nothing any more.`,
  );
  return 0;
}

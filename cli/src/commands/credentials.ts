import { usageProblem } from '../cli-problem.js';
import type { Call, Command } from '../command.js';
import { issueCredential, type IssuedCredential } from '../supervisor.js';
import { findDataDir } from '../target.js';

const place =
  'supervisor/README.md, "Credentials for others", says which account to add to a NATS server of your own.';

/** Lets an agent of somebody else's in, with what it may work on. */
export const agentCommand: Command = {
  usage: ['agent add NAME --role ROLE…'],
  summary: 'let an agent in, with the roles whose tasks it is offered',
  details: `You answer for it from then on: it is recorded as yours. Prints the address of NATS and the file with its key; the
same name again changes its roles.

  --role ROLE   whose tasks it is offered; more than once

  agencyos agent add translator --role translate --role review`,
  options: { role: { type: 'string', multiple: true } },
  words: 2,
  async run(call) {
    const name = nameOf(call, 'agent');
    const roles = call.texts('role');
    if (roles.length === 0)
      throw usageProblem('Whose tasks is it to be offered? Say it with --role.', 'agent');
    const issued = await issueCredential(dataDirOf(call), 'agents', { name, roles });
    await call.client().command('swarm', 'AdmitAgent', { agentId: name, roles });
    return tell(call, { name, roles, ...issued }, issued);
  },
};

/** Lets a program listen to facts. */
export const subscriberCommand: Command = {
  usage: ['subscriber add NAME --subjects SUBJECT…'],
  summary: 'let a program listen to what happens, over NATS',
  details: `It hears the subjects that you name, live, and can send nothing. The same name again changes them.

  --subjects SUBJECT   below agencyos.evt., e.g. 'agencyos.evt.approvals.>'; more than once, or with commas

  agencyos subscriber add ledger --subjects 'agencyos.evt.approvals.>'`,
  options: { subjects: { type: 'string', multiple: true } },
  words: 2,
  async run(call) {
    const name = nameOf(call, 'subscriber');
    const subjects = call.texts('subjects').flatMap((list) => list.split(','));
    if (subjects.length === 0)
      throw usageProblem('What is it to hear? Say it with --subjects.', 'subscriber');
    const issued = await issueCredential(dataDirOf(call), 'subscribers', { name, subjects });
    return tell(call, { name, subjects, ...issued }, issued);
  },
};

function nameOf({ words: [verb, name] }: Call, command: string): string {
  if (verb !== 'add') throw usageProblem(`\`${command} add NAME\`?`, command);
  if (name === undefined) throw usageProblem('Which name?', command);
  return name;
}

const dataDirOf = (call: Call): string => findDataDir(call.text('data-dir'));

function tell({ printer }: Call, data: object, issued: IssuedCredential | undefined): number {
  printer.data(data);
  if (issued) {
    printer.line(`NATS      ${issued.natsUrl}`);
    printer.line(`name      ${issued.principal}`);
    printer.line(`nkey      ${issued.nkeyFile}`);
  } else {
    printer.line('It is admitted. NATS is run by somebody else:');
    printer.line(place);
  }
  return 0;
}

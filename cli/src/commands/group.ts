import type { PeopleList } from '@agencyos/contracts';
import { usageProblem } from '../cli-problem.js';
import type { Call, Command } from '../command.js';
import type { GatewayClient } from '../gateway-client.js';
import { asPerson, personOptions } from '../person.js';
import { printable, table } from '../printer.js';
import { personCalled } from './user.js';

/** Groups of people, to name them together. */
export const groupCommand: Command = {
  usage: [
    'group list',
    'group add GROUP [--title TITLE]',
    'group remove GROUP',
    'group join GROUP NAME',
    'group leave GROUP NAME',
  ],
  summary: 'put people into groups',
  details: `  --title TITLE   what it is called; else as its id

  agencyos group add release && agencyos group join release lead`,
  options: { title: { type: 'string' }, ...personOptions },
  words: 3,
  run: (call) => {
    const [verb, groupId] = call.words;
    if (verb !== 'list' && groupId === undefined) throw usageProblem('Which group?', 'group');
    return asPerson(call, (client) => act(call, client));
  },
};

async function act(call: Call, client: GatewayClient): Promise<number> {
  const [verb, groupId = '', name] = call.words;
  switch (verb) {
    case 'list':
      return list(call, client);
    case 'add':
      await client.command('identity', 'AddGroup', { groupId, name: (call.text('title') ?? groupId) as never });
      return told(call, groupId, `The group ${groupId} is there.`);
    case 'remove':
      await client.command('identity', 'RemoveGroup', { groupId });
      return told(call, groupId, `The group ${groupId} is gone.`);
    case 'join':
    case 'leave': {
      if (name === undefined) throw usageProblem('Who?', 'group');
      const { userId } = await personCalled(client, name);
      const [add, remove] = verb === 'join' ? [[userId], []] : [[], [userId]];
      await client.command('identity', 'ChangeGroupMembers', { groupId, add, remove });
      return told(call, groupId, verb === 'join' ? `${name} is in ${groupId}.` : `${name} is not in ${groupId}.`);
    }
    default:
      throw usageProblem('List, add, remove, join or leave?', 'group');
  }
}

async function list({ printer }: Call, client: GatewayClient): Promise<number> {
  const { people, groups } = await client.get<PeopleList>('/api/v1/people');
  const known = groups.map(({ groupId, name }) => ({
    ...{ groupId, name },
    members: people.filter((one) => one.groups.includes(groupId)).map((one) => one.name),
  }));
  printer.data({ groups: known });
  const rows = known.map(({ groupId, name, members }) => [groupId, printable(name), members.join(', ')]);
  for (const line of table(['GROUP', 'NAME', 'MEMBERS'], rows)) printer.line(line);
  return 0;
}

function told({ printer }: Call, groupId: string, words: string): number {
  printer.data({ groupId });
  printer.line(words);
  return 0;
}

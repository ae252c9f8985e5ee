import type { CommandMetadata } from '@agencyos/decider';

type Actor = Pick<CommandMetadata, 'actor'>;

export const isPerson = ({ actor }: Actor): boolean => actor.startsWith('user:');
export const isAgent = ({ actor }: Actor): boolean => actor.startsWith('agent:');
export const isService = ({ actor }: Actor): boolean => actor.startsWith('service:') || actor.startsWith('system:');
export const movedBy = (metadata: Actor): 'person' | 'agent' | 'rule' =>
  isPerson(metadata) ? 'person' : isAgent(metadata) ? 'agent' : 'rule';

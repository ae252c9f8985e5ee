import { inject } from '@angular/core';
import { People } from '../session/people';
import { Session } from '../session/session';
import { shortId } from './pure/format';

export type PrincipalShape = 'person' | 'agent' | 'system';

export interface PrincipalLook {
  shape: PrincipalShape;
  name: string;
  /** Two letters in its avatar. */
  mark: string;
  healer: boolean;
}

/** Who acts is a shape: circle = person, rounded square = agent, hexagon = service. */
export function lookOf(principal: string, known?: string): PrincipalLook {
  const [kind = '', id = ''] = principal.split(/:(.*)/);
  const healer = principal === 'service:healer';
  if (kind === 'user') {
    const name = known ?? `user ${shortId(id)}`;
    return { shape: 'person', name, mark: initials(name, id), healer };
  }
  if (kind === 'agent') return { shape: 'agent', name: id, mark: agentMark(id), healer };
  if (kind === 'role')
    return { shape: 'person', name: `any ${id}`, mark: id.slice(0, 2).toUpperCase(), healer };
  return { shape: 'system', name: id || principal, mark: id.slice(0, 2).toUpperCase(), healer };
}

function initials(name: string, id: string): string {
  if (name.startsWith('user ')) return id.slice(-2).toUpperCase();
  const parts = name.split(/[\s._-]+/).filter(Boolean);
  const [first = '', second = ''] = parts;
  // By characters: half of an emoji is none.
  const letters = second ? [...first].slice(0, 1).concat([...second].slice(0, 1)) : [...first].slice(0, 2);
  return letters.join('').toUpperCase();
}

/** `command-2` → `c2`: agents of one pool stay distinct. */
function agentMark(id: string): string {
  const number = /(\d)\D*$/.exec(id)?.[1];
  return number ? id.charAt(0) + number : id.slice(0, 2);
}

/** {@link lookOf} that knows people's names. Must be called in an injection context. */
export function principalLook(): (principal: string) => PrincipalLook {
  const session = inject(Session);
  const people = inject(People);
  return (principal) =>
    lookOf(principal, principal === session.principal() ? session.name() : people.nameOf(principal));
}

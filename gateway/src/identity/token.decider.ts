import type { TokenCommand, TokenEvent } from '@agencyos/contracts';
import { type Command, type Decider, rejection } from '@agencyos/decider';

export type TokenState = { principal: string; revoked: boolean } | undefined;

/** Issued once, revoked once; nobody hands out more than they have. */
export const tokenDecider: Decider<TokenCommand, TokenState, TokenEvent> = {
  initialState: undefined,

  decide(command, token) {
    switch (command.type) {
      case 'IssueToken':
        if (token) throw rejection(command, 'already_exists');
        withinIssuer(command);
        return [{ type: 'TokenIssued', data: command.data }];
      case 'RevokeToken':
        if (!token) throw rejection(command, 'not_found');
        ownerOrAdmin(command, token.principal);
        return token.revoked ? [] : [{ type: 'TokenRevoked', data: command.data }];
    }
  },

  evolve(token, event) {
    switch (event.type) {
      case 'TokenIssued':
        return { principal: event.data.principal, revoked: false };
      case 'TokenRevoked':
        return token && { ...token, revoked: true };
    }
  },
};

/** The installation itself (`system:setup`) issues the first tokens; a person only for themselves or as administrator. */
function withinIssuer(command: Command<Extract<TokenCommand, { type: 'IssueToken' }>>): void {
  const { data, metadata } = command;
  if (metadata.actor.startsWith('system:')) return;
  ownerOrAdmin(command, data.principal);
  const beyond = data.permissions.find((permission) => !metadata.permissions.includes(permission));
  if (beyond) {
    const detail = `You do not have ${beyond} yourself.`;
    throw rejection(command, 'exceeds_issuer', { field: 'permissions', detail });
  }
}

function ownerOrAdmin(command: Command<TokenCommand>, principal: string): void {
  const { metadata } = command;
  if (metadata.actor.startsWith('system:') || askedBy(metadata) === principal) return;
  if (!metadata.permissions.includes('identity:admin')) throw rejection(command, 'forbidden');
}

/** The gateway acts for a person after it has written its own row. */
const askedBy = ({ actor, onBehalfOf }: Command<TokenCommand>['metadata']): string => onBehalfOf ?? actor;

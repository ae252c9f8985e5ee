import type { TokenCommand, TokenEvent } from '@agencyos/contracts';
import { Rejection, type Command, type Decider } from '@agencyos/decider';

export type TokenState = { principal: string; revoked: boolean } | undefined;

/** Issued once, revoked once; nobody hands out more than they have. */
export const tokenDecider: Decider<TokenCommand, TokenState, TokenEvent> = {
  initialState: undefined,

  decide(command, token) {
    switch (command.type) {
      case 'IssueToken':
        if (token) throw new Rejection('already_exists');
        withinIssuer(command);
        return [{ type: 'TokenIssued', data: command.data }];
      case 'RevokeToken':
        if (!token) throw new Rejection('not_found');
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
function withinIssuer({ data, metadata }: Command<Extract<TokenCommand, { type: 'IssueToken' }>>): void {
  if (metadata.actor.startsWith('system:')) return;
  ownerOrAdmin({ metadata }, data.principal);
  const beyond = data.permissions.find((permission) => !metadata.permissions.includes(permission));
  if (beyond) {
    throw new Rejection(
      'exceeds_issuer',
      { field: 'permissions', detail: `You do not have ${beyond} yourself.` },
      403,
    );
  }
}

function ownerOrAdmin({ metadata }: Pick<Command<TokenCommand>, 'metadata'>, principal: string): void {
  if (metadata.actor.startsWith('system:') || askedBy(metadata) === principal) return;
  if (!metadata.permissions.includes('identity:admin')) throw new Rejection('forbidden');
}

/** The gateway acts for a person after it has written its own row. */
const askedBy = ({ actor, onBehalfOf }: Command<TokenCommand>['metadata']): string => onBehalfOf ?? actor;

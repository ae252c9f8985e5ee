import { directoryCommands, directoryEvents, tokenCommands, tokenEvents } from '@agencyos/contracts';
import type { RuntimeCore, ServiceDefinition } from '@agencyos/runtime';
import { directoryDecider } from './identity/directory.decider.js';
import { directoryProjection } from './identity/directory.view.js';
import { withdrawInvitation } from './identity/invitations.js';
import { sessionReactions } from './identity/sessions.reactions.js';
import { Sessions } from './identity/sessions.js';
import { tokenDecider } from './identity/token.decider.js';
import { forgetToken } from './identity/tokens.js';

/** The identity context: who exists and what they may do. The gateway is its host. */
export const identity = ({ database }: RuntimeCore): ServiceDefinition => ({
  name: 'gateway',
  context: 'identity',
  aggregates: [
    {
      category: 'directory',
      commands: directoryCommands,
      events: directoryEvents,
      decider: directoryDecider,
    },
    { category: 'token', commands: tokenCommands, events: tokenEvents, decider: tokenDecider },
  ],
  projections: [directoryProjection],
  reactions: [
    sessionReactions({
      closeSessions: (userId, before, commandId) => new Sessions(database).closeAll(userId, before, commandId),
      withdrawInvitation: (userId) => withdrawInvitation(database, userId),
      forgetToken: (tokenId) => forgetToken(database, tokenId),
    }),
  ],
});

import { describe, expect, it } from '@jest/globals';
import { type Refusable, rejection } from './reject.js';

const move = { type: 'MoveCards' } as const;
const moveOrEdit = move as { type: 'MoveCards' | 'EditCards' };

describe('the refusal of a command', () => {
  it('has the status of its contract', () => {
    expect(rejection(move, 'wip_limit').status).toBe(409);
    expect(rejection(move, 'not_found').status).toBe(404);
    expect(rejection({ type: 'VoteOnApproval' }, 'self_approval').status).toBe(403);
  });

  it('says more beside its code', () => {
    const refused = rejection(move, 'stale_column', {
      cardId: 'c1',
      present: 'todo',
      detail: 'It has moved.',
    });
    expect(refused).toMatchObject({
      code: 'stale_column',
      message: 'It has moved.',
      details: { cardId: 'c1' },
    });
  });

  it('takes what several commands have in common', () => {
    expect(rejection(moveOrEdit, 'card_follows_source').status).toBe(422);
  });
});

/** Nothing runs here: each line compiles only because the mistake in it is one. */
export const mistakes = () => {
  const refuseByLimit = (command: Refusable<'wip_limit'>) => rejection(command, 'wip_limit');
  return [
    // @ts-expect-error -- its contract does not declare it
    rejection(move, 'key_invalid'),
    // @ts-expect-error -- no contract does
    rejection(move, 'wip_limits'),
    // @ts-expect-error -- what any command may meet is not the decider's to say
    rejection(move, 'busy'),
    // @ts-expect-error -- editing declares no stale column
    rejection(moveOrEdit, 'stale_column'),
    // @ts-expect-error -- the contract knows no such detail
    rejection(move, 'wip_limit', { colunmId: 'x' }),
    // @ts-expect-error -- no command has this name
    rejection({ type: 'MoveCard' }, 'not_found'),
    // @ts-expect-error -- opening a board meets no limit
    refuseByLimit({ type: 'OpenBoard' }),
  ];
};

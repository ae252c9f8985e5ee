import { text, type BoardEvent } from '@agencyos/contracts';
import { deciderSpec } from '@agencyos/testing/decider';
import { describe, it } from '@jest/globals';
import { boardDecider } from './board.decider.js';

const boardId = '01900000-0000-7000-8000-0000000000b1';
const columnId = '01900000-0000-7000-8000-0000000000c1';
const given = deciderSpec(boardDecider);
const data = {
  ...{ boardId, name: text('Release'), key: 'REL', purpose: 'work' as const, laneBy: 'none' as const },
  columns: [{ columnId, name: text('Todo'), category: 'todo' as const, rank: 'a0', wipMode: 'warn' as const, perLane: false }],
};
const opened = (visibility: 'all' | 'members'): BoardEvent => ({ type: 'BoardOpened', data: { ...data, visibility } });
const member = (principal: string, access: 'none' | 'view' | 'admin'): BoardEvent => ({
  type: 'BoardMemberSet',
  data: { boardId, principal, access },
});
const actor = 'user:one';

describe('a board for its members alone', () => {
  it('has who opens or closes it as its first', () => {
    given()
      .when({ type: 'OpenBoard', data: { ...data, visibility: 'members' } }, { actor })
      .then(opened('members'), member(actor, 'admin'));
    const change = { boardId, visibility: 'members' as const };
    given(opened('all'))
      .when({ type: 'ChangeBoard', data: change }, { actor })
      .then(member(actor, 'admin'), { type: 'BoardChanged', data: change });
    given(opened('all'), member('user:two', 'admin'))
      .when({ type: 'ChangeBoard', data: change }, { actor })
      .then({ type: 'BoardChanged', data: change });
  });

  it('keeps one who may change it', () => {
    const leave = { type: 'SetBoardMember' as const, data: { boardId, principal: actor, access: 'none' as const } };
    given(opened('members'), member(actor, 'admin'), member('user:two', 'view'))
      .when(leave, { actor })
      .thenRejected('last_member');
    given(opened('members'), member(actor, 'admin'), member('user:two', 'admin'))
      .when(leave, { actor })
      .then(member(actor, 'none'));
    given(opened('all'), member(actor, 'admin')).when(leave, { actor }).then(member(actor, 'none'));
  });

  it('records nothing that is so already', () => {
    given(opened('all'))
      .when({ type: 'ChangeBoard', data: { boardId, name: data.name, visibility: 'all' } }, { actor })
      .then();
    given(opened('all'))
      .when({ type: 'SetBoardMember', data: { boardId, principal: 'user:two', access: 'none' } }, { actor })
      .then();
  });
});

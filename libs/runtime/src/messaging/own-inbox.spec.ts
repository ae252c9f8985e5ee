import { describe, expect, it } from '@jest/globals';
import { isOwnInbox } from './own-inbox.js';

describe('the place for an answer (fault 7)', () => {
  it.each([
    ['agencyos.cmd.swarm.run.gateway', '_INBOX_gateway.x'],
    ['agencyos.qry.kanban.board.gateway', '_INBOX_gateway.x.1'],
    ['agencyos.cmd.swarm.run.agent_one', '_INBOX_agent_one.x'],
    ['agencyos.hb.agent.one', '_INBOX_agent_one.x'],
    ['agencyos.cmd.swarm.run.agent_one', '_R_.abc.def'],
  ])('of %s may be %s', (subject, reply) => expect(isOwnInbox(subject, reply)).toBe(true));

  it.each([
    ['agencyos.cmd.swarm.run.agent_one', 'agencyos.evt.approvals.approval.ApprovalGranted.x'],
    ['agencyos.cmd.swarm.run.agent_one', '$JS.API.STREAM.PURGE.EVENTS'],
    ['agencyos.cmd.swarm.run.agent_one', '_INBOX_agent_two.x'],
    ['agencyos.cmd.swarm.run.agent_one', '_INBOX_agent_onemore.x'],
    ['agencyos.cmd.swarm.run.agent_one', '_INBOX.x'],
    ['agencyos.hb.agent.one', '_INBOX_gateway.x'],
    ['agencyos.qry.kanban.board.gateway', 'agencyos.cmd.swarm.run.kanban'],
  ])('of %s may not be %s', (subject, reply) => expect(isOwnInbox(subject, reply)).toBe(false));
});

import { describe, expect, it } from '@jest/globals';
import { runCommands, type Fact } from '@agencyos/contracts';
import type { Memory } from '@agencyos/runtime';
import { gateAnswer } from './gate.reactions.js';

const RUN = '01900000-0000-7000-8000-00000000000f';
const APPROVAL = '01900000-0000-7000-8000-0000000000a1';

async function answerTo(type: string, data: object, actor: string): Promise<unknown> {
  const origin = { kind: 'run', id: RUN, taskId: 'approve' };
  const fact = {
    type,
    data: { approvalId: APPROVAL, origin, ...data },
    metadata: { actor },
  } as unknown as Fact;
  const [reaction] = await gateAnswer.react(fact, {} as Memory);
  expect(runCommands.types.RefuseGate.data.safeParse(reaction?.command.data).error).toBeUndefined();
  return reaction?.command.data;
}

describe('what became of an approval', () => {
  it('reaches its gate with who rejected it and why (fault 33)', async () => {
    expect(await answerTo('ApprovalRejected', { reason: 'The tag is wrong' }, 'user:someone')).toMatchObject({
      ...{ taskId: 'approve', outcome: 'rejected', by: 'user:someone', reason: 'The tag is wrong' },
    });
    expect(await answerTo('ApprovalRevoked', {}, 'user:someone')).toMatchObject({ by: 'user:someone' });
  });

  it('names nobody where nobody decided', async () =>
    expect(await answerTo('ApprovalExpired', {}, 'service:approvals')).not.toHaveProperty('by'));
});

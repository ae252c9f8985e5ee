import { TestBed, type ComponentFixture } from '@angular/core/testing';
import { provideRouter } from '@angular/router';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeConnection } from '../../test/fake-connection';
import { at } from '../../test/rows';
import { PageConnection } from '../live/connection';
import { Api } from '../session/api';
import { Session } from '../session/session';
import { Overview } from '../shell/overview';
import { ApprovalBrief } from './approval-brief';

const DIGEST = `sha256:${'ab'.repeat(32)}`;
const approval = (more: object = {}) => ({
  approvalId: 'x',
  action: {
    kind: 'publish',
    target: 'agencyos 1.0',
    parameters: { value: { version: '1.0' } },
    artifacts: [],
  },
  actionDigest: DIGEST,
  requester: 'service:swarm',
  excluded: ['service:swarm'],
  origin: { kind: 'external', id: 'e' },
  policyId: 'release',
  policyVersion: 1,
  risk: 'low',
  stages: [{ of: ['role:approver'], need: 1 }],
  stepUp: 'none',
  brief: { value: '<b>approved</b>' },
  requestedAt: at(0),
  expiresAt: at(3600),
  validForMs: 1,
  state: 'open',
  votes: [],
  ...more,
});

describe('the brief of an approval', () => {
  const votes: unknown[] = [];
  let connection: FakeConnection;
  let fixture: ComponentFixture<ApprovalBrief>;
  const page = () => fixture.nativeElement as HTMLElement;
  const button = (text: string) =>
    [...page().querySelectorAll('button')].find((found) => found.textContent?.includes(text));
  const press = async (key: string) => {
    document.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
    await fixture.whenStable();
  };
  const show = async (row: object, permissions = ['approval:vote']) => {
    const session = TestBed.inject(Session);
    await session.logIn('admin', 'x');
    Object.assign(session.me() as object, { permissions });
    fixture = TestBed.createComponent(ApprovalBrief);
    document.body.append(page());
    fixture.componentRef.setInput('approvalId', 'x');
    await fixture.whenStable();
    connection.shows('approval', 'x', { approval: row });
    await fixture.whenStable();
  };

  beforeEach(() => {
    votes.length = 0;
    connection = new FakeConnection();
    const api = {
      post: async () => ({}),
      get: async () => ({
        principal: 'user:me',
        user: { userId: 'me', name: 'admin', roles: ['approver'] },
        permissions: [],
      }),
      command: async (_context: string, type: string, data: object) => votes.push({ type, ...data }),
    };
    TestBed.configureTestingModule({
      providers: [
        Overview,
        provideRouter([]),
        { provide: PageConnection, useValue: connection },
        { provide: Api, useValue: api },
      ],
    });
  });

  it('votes on the digest that was read', async () => {
    await show(approval());
    await press('a');
    expect(votes).toEqual([
      { type: 'VoteOnApproval', approvalId: 'x', vote: 'approve', actionDigest: DIGEST, stepUp: 'none' },
    ]);
  });

  it('says that a second factor is not enforced (fault 11)', async () => {
    await show(approval({ stepUp: 'passkey' }));
    expect(page().textContent).toContain('Not enforced: the policy asks voters for a passkey');
    fixture.destroy();
    await show(approval());
    expect(page().textContent).not.toContain('Not enforced');
  });

  it('says why the policy excludes the viewer (fault 11)', async () => {
    const exclusions = [{ principal: 'user:me', as: 'run_starter' }];
    await show(approval({ excluded: ['user:me'], exclusions }));
    expect(page().textContent).toContain('who started the run may not decide');
    expect(page().textContent).toContain('may not: started the run');
    expect(button('Approve this digest')).toBeUndefined();
  });

  it('never decides what is risky by one key', async () => {
    await show(approval({ risk: 'high' }));
    await press('a');
    expect(votes).toEqual([]);
    expect(document.activeElement?.textContent).toContain('Approve this digest');
  });

  it('rejects only with a reason', async () => {
    await show(approval());
    await press('r');
    expect(document.activeElement?.id).toBe('reject-reason');
    expect(button('Reject request')?.disabled).toBe(true);
    await press('Escape');
    expect(button('Approve this digest')).toBeDefined();
    expect(votes).toEqual([]);
  });

  it('leads Esc back to where rejecting began, with the reason kept (fault 29)', async () => {
    await show(approval({ risk: 'high' }));
    await press('r');
    const field = document.activeElement as HTMLTextAreaElement;
    field.value = 'The tag is wrong';
    field.dispatchEvent(new Event('input'));
    field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, cancelable: true }));
    await fixture.whenStable();
    expect(document.activeElement?.textContent).toContain('Reject…');
    await press('r');
    expect((document.activeElement as HTMLTextAreaElement).value).toBe('The tag is wrong');
    expect(button('Reject request')?.disabled).toBe(false);
    button('Reject request')?.click();
    await fixture.whenStable();
    expect(votes).toMatchObject([{ vote: 'reject', reason: 'The tag is wrong' }]);
    expect(sessionStorage).toHaveLength(0);
  });

  it('cuts no end off what is approved: a long action is shown whole before it can be (fault 33)', async () => {
    const notes = Array.from({ length: 90 }, (_, n) => `line ${n}`).join('\n');
    const action = { ...approval().action, parameters: { value: { notes } } };
    await show(approval({ action }));
    expect(button('Approve this digest')?.disabled).toBe(true);
    await press('a');
    expect(votes).toEqual([]);
    expect(document.activeElement?.textContent).toContain('Show all 90 lines');
    button('Show all')?.click();
    await fixture.whenStable();
    expect(button('Show all')).toBeUndefined();
    await press('a');
    expect(votes).toHaveLength(1);
  });

  it('names the files that will run, with digest, and says what is not covered (fault 10)', async () => {
    const uses = { steps: { digest: DIGEST, bytes: 30_208, mediaType: 'application/x-tar' } };
    const parameters = { value: { guarded: { publish: { run: ['node', 'uses/steps/x.mjs'], uses } } } };
    await show(
      approval({ action: { kind: 'publish', target: 'agencyos 1.0', parameters, artifacts: [DIGEST] } }),
    );
    const files = page().querySelector('ao-files');
    expect(files?.textContent).toMatch(/steps\/\s*30 KB\s*sha256:abab/);
    expect(files?.querySelector('a')?.getAttribute('href')).toBe(`/api/v1/content/${DIGEST}?name=steps.tar`);
    expect(page().textContent).toContain('What a program fetches by itself while it runs is not covered.');
  });

  it('shows text of agents as text', async () => {
    await show(approval());
    expect(page().querySelector('.agent-text b')).toBeNull();
    expect(page().textContent).toContain('<b>approved</b>');
  });

  it.each([
    ['without the permission', approval(), [], 'Deciding needs the role approver'],
    ['of the own request', approval({ requester: 'user:me' }), ['approval:vote'], 'You asked for it'],
    [
      'after the own vote',
      approval({ votes: [{ voter: 'user:me', vote: 'approve', stage: 0, at: at(1) }] }),
      ['approval:vote'],
      'You have voted',
    ],
    [
      'when it was decided',
      approval({ state: 'rejected', decidedAt: at(9), reason: 'wrong tag' }),
      ['approval:vote'],
      'wrong tag',
    ],
  ])('has no buttons %s', async (_when, row, permissions, words) => {
    await show(row, permissions);
    expect(button('Approve')).toBeUndefined();
    expect(page().querySelector('footer')?.textContent).toContain(words);
  });
});

import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { ids, newId } from '@agencyos/contracts';
import { agencyos, commandLine, here, run } from './command-line.js';
import { problem } from './gateway-double.js';

commandLine();
const gate = (approvalId: string, state: string) => ({
  'task/approve': {
    taskId: 'approve',
    title: 'Approve',
    kind: 'gate',
    state,
    approvalId,
    attempt: 0,
    attempts: [],
    handoffs: [],
  },
});
const approval = (approvalId: string, state = 'open') => ({
  approval: {
    ...{
      approvalId,
      state,
      actionDigest: `sha256:${'a'.repeat(64)}`,
      requester: 'service:swarm',
      risk: 'high',
      votes: [],
      expiresAt: '2099-01-01T00:00:00.000Z',
    },
    action: {
      kind: 'publish',
      target: 'sample 1.3.0',
      parameters: { value: { version: '1.3.0' } },
      artifacts: [],
    },
    brief: { value: { summary: 'Three commits.' } },
  },
});

describe('agencyos approve', () => {
  const approvalId = newId();
  const open = (state?: string) => {
    here.gateway.put('inbox/all', { [`approval/${approvalId}`]: { approvalId, state: state ?? 'open' } });
    here.gateway.put(`approval/${approvalId}`, approval(approvalId, state));
  };

  const login = (token: string) => ({ name: 'admin', token, expiresAt: '2099-01-01T00:00:00.000Z' });
  const password = () => {
    here.gateway.intercept = (request) =>
      request === 'POST login/token'
        ? { status: 200, body: login(here.gateway.personToken) }
        : request === 'GET me'
          ? { status: 200, body: { user: { name: 'admin' } } }
          : undefined;
  };

  it('shows what it is, asks, and votes on exactly that as a person (fault 32)', async () => {
    open();
    password();
    here.answers = ['yes', '', 'the password'];
    expect(await agencyos('approve', approvalId.slice(-8))).toBe(0);
    expect(here.said).toEqual(['Approve exactly this? (yes/no) ', 'Name [admin]: ', 'Password of admin: ']);
    expect(here.output).toMatch(
      /publish sample 1\.3\.0[\s\S]*Three commits\.[\s\S]*version: 1\.3\.0[\s\S]*sha256:a+[\s\S]*Approved/,
    );
    const { actionDigest } = approval(approvalId).approval;
    expect(here.gateway.commands).toMatchObject([
      {
        type: 'VoteOnApproval',
        token: here.gateway.personToken,
        data: { approvalId, vote: 'approve', actionDigest },
      },
    ]);
    expect(here.gateway.requests.at(-1)).toBe('POST logout');
    expect(existsSync(join(here.folder, 'login'))).toBe(false);
  });

  it.each([['no'], ['']])('decides nothing when the answer is "%s"', async (answer) => {
    open();
    here.answers = [answer, 'more'];
    await expect(agencyos('approve', approvalId)).rejects.toThrow('Nothing was decided.');
    expect(here.gateway.commands).toEqual([]);
  });

  it('never votes with the token of the data folder (fault 6)', async () => {
    open();
    const { actionDigest } = approval(approvalId).approval;
    const yes = ['approve', approvalId, '--yes', '--digest', actionDigest];
    await expect(agencyos(...yes)).rejects.toThrow(/needs you in person/);
    await expect(agencyos('approve', approvalId)).rejects.toThrow(/--yes and the --digest/);
    expect(here.gateway.commands).toEqual([]);
  });

  it('votes for a script with its own token and the digest that was read, on nothing else (fault 32)', async () => {
    open();
    const { actionDigest } = approval(approvalId).approval;
    const script = (digest: string) => {
      process.env['AGENCYOS_TOKEN'] = here.gateway.personToken;
      process.env['AGENCYOS_URL'] = here.gateway.url;
      return agencyos('approve', approvalId, '--yes', '--digest', digest).finally(() => {
        delete process.env['AGENCYOS_TOKEN'];
        delete process.env['AGENCYOS_URL'];
      });
    };
    await expect(script(`sha256:${'b'.repeat(64)}`)).rejects.toThrow(/has the digest sha256:a/);
    expect(here.gateway.commands).toEqual([]);
    expect(await script(actionDigest)).toBe(0);
    expect(here.gateway.commands).toMatchObject([{ type: 'VoteOnApproval', token: here.gateway.personToken }]);
  });

  it('shows without deciding (fault 32)', async () => {
    open();
    here.gateway.put('run-list/all', {});
    expect(await agencyos('show', approvalId.slice(0, 9))).toBe(0);
    expect(here.output).toMatch(/publish sample 1\.3\.0[\s\S]*Three commits\.[\s\S]*open, until/);
    expect(here.gateway.commands).toEqual([]);
  });

  describe('signed in (fault 6)', () => {
    const file = () => join(here.folder, 'login');

    it('keeps nothing on the disk where commands do not run isolated', async () => {
      password();
      here.answers = ['', 'the password'];
      expect(await agencyos('login')).toBe(0);
      expect(here.output).toMatch(/nothing is kept/);
      expect(existsSync(file())).toBe(false);
      expect(here.gateway.requests.at(-1)).toBe('POST logout');
    });

    it('asks once where they do, and the file is for its owner alone', async () => {
      writeFileSync(join(here.folder, 'isolation.json'), '{"way":"bubblewrap"}');
      password();
      open();
      here.answers = ['', 'the password'];
      expect(await agencyos('login')).toBe(0);
      expect(statSync(file()).mode & 0o777).toBe(0o600);
      here.answers = ['yes'];
      expect(await agencyos('approve', approvalId)).toBe(0);
      expect(here.gateway.commands).toMatchObject([{ token: here.gateway.personToken }]);
      writeFileSync(join(here.folder, 'isolation.json'), '{"way":"none"}');
      here.answers = ['yes'];
      await expect(agencyos('approve', approvalId)).rejects.toThrow('Nothing was done.');
      expect(existsSync(file())).toBe(false);
    });

    it('by a code that is confirmed in the dashboard', async () => {
      let asked = 0;
      here.gateway.intercept = (request) => {
        if (request === 'POST device')
          return {
            status: 201,
            body: { code: 'BCDF-GHJK', secret: 's', expiresAt: '2099-01-01T00:00:00.000Z' },
          };
        if (request !== 'POST device/token') return undefined;
        asked += 1;
        return asked < 3 ? problem(409, 'pending', { retryAfterMs: 1 }) : { status: 200, body: login(here.gateway.personToken) };
      };
      here.answers = ['unused'];
      expect(await agencyos('login', '--device')).toBe(0);
      expect(here.said.join()).toContain(`BCDF-GHJK in the dashboard, signed in: ${here.gateway.url}/device?code=BCDF-GHJK`);
      expect(asked).toBe(3);
    });
  });

  it('lists what waits, oldest first, with the digest of each', async () => {
    const [second, first, decided] = [newId(), newId(), newId()];
    const row = (id: string, state: string, day: string) => ({
      [`approval/${id}`]: {
        ...{ approvalId: id, state, title: 'Publish?', target: `of ${day}`, risk: 'high' },
        requestedAt: `2026-01-${day}T00:00:00.000Z`,
      },
    });
    here.gateway.put('inbox/all', {
      ...row(second, 'open', '02'),
      ...row(first, 'open', '01'),
      ...row(decided, 'rejected', '03'),
    });
    for (const id of [first, second]) here.gateway.put(`approval/${id}`, approval(id));
    expect(await agencyos('approve')).toBe(0);
    const lines = here.output.split('\n').filter((line) => line.includes('Publish?'));
    expect(lines.map((line) => line.split(' ')[0])).toEqual([first, second]);
    expect(lines[0]).toMatch(/Publish\? +of 01 +high +sha256:a{64}$/);
    expect(here.output).toContain('agencyos show ID');
    expect(here.gateway.commands).toEqual([]);
  });

  it('says when nothing waits', async () => {
    here.gateway.put('inbox/all', {});
    expect(await agencyos('approve')).toBe(0);
    expect(here.output).toBe('Nothing waits for a decision.\n');
  });

  it('rejects only with a reason (fault 32)', async () => {
    open();
    password();
    await expect(agencyos('reject', approvalId)).rejects.toThrow(/needs its reason/);
    here.answers = ['Not today', 'admin', 'the password'];
    expect(await agencyos('reject', approvalId)).toBe(0);
    expect(here.gateway.commands).toMatchObject([{ data: { vote: 'reject', reason: 'Not today' } }]);
  });

  it('says when there is nothing to decide', async () => {
    open('redeemed');
    await expect(agencyos('approve', approvalId)).rejects.toThrow(/redeemed already/);
    await expect(agencyos('approve', newId())).rejects.toThrow(/There is no approval/);
    expect(here.gateway.commands).toEqual([]);
  });
});

describe('agencyos reset-password (fault 37)', () => {
  it('proves by the data folder who asks, and leaves nothing there', async () => {
    let digest = '';
    here.gateway.intercept = (request) => {
      if (request !== 'POST password-reset') return undefined;
      digest = readFileSync(join(here.folder, 'password-reset'), 'utf8');
      return { status: 200, body: {} };
    };
    here.answers = ['a new password', 'another one', 'unused'];
    await expect(agencyos('reset-password')).rejects.toThrow('The two differ.');
    here.answers = ['a new password', 'a new password', 'unused'];
    expect(await agencyos('reset-password')).toBe(0);
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    expect(existsSync(join(here.folder, 'password-reset'))).toBe(false);
  });
});

describe('agencyos demo', () => {
  const installationId = newId();
  const runId = ids.seed(installationId, 'run/release-check');
  const approvalId = newId();
  beforeEach(() => {
    here.gateway.intercept = (request) => (request === 'GET me' ? { status: 200, body: { installationId } } : undefined);
  });
  const begin = () => {
    here.gateway.put('run-list/all', { [`run/${runId}`]: { runId } });
    here.gateway.put(`run/${runId}`, { ...run(runId, 'running'), ...gate(approvalId, 'planned') });
  };

  it('waits for the example, approves its gate once, and succeeds with it', async () => {
    here.gateway.put('run-list/all', {});
    here.gateway.accepted = ({ type }) => {
      if (type !== 'VoteOnApproval') return;
      here.gateway.put(`run/${runId}`, gate(approvalId, 'succeeded'));
      here.gateway.put(`run/${runId}`, run(runId, 'succeeded'));
    };
    here.answers = ['admin', 'the password'];
    const intercepted = here.gateway.intercept;
    here.gateway.intercept = (request, body) =>
      request === 'POST login/token'
        ? {
            status: 200,
            body: { name: 'admin', token: here.gateway.personToken, expiresAt: '2099-01-01T00:00:00.000Z' },
          }
        : intercepted(request, body);
    const exit = agencyos('demo');
    begin();
    here.gateway.put(`run/${runId}`, gate(approvalId, 'waiting'));
    here.gateway.put(`approval/${approvalId}`, approval(approvalId));
    expect(await exit).toBe(0);
    expect(here.gateway.commands).toHaveLength(1);
    expect(here.output).toMatch(/waits for a person[\s\S]*publish sample 1\.3\.0[\s\S]*approved[\s\S]*Run succeeded/);
  });

  it('fails with the run', async () => {
    begin();
    here.gateway.put(`run/${runId}`, run(runId, 'failed'));
    expect(await agencyos('demo')).toBe(1);
  });

  it('does not wait for ever, and says where it stands', async () => {
    begin();
    here.gateway.put(`run/${runId}`, gate(approvalId, 'planned'));
    await expect(agencyos('demo', '--timeout', '1')).rejects.toThrow(/within 1 s \(approve planned\)/);
  });
});

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { firstProcess } from '../src/isolation/first-process.js';
import { Bench, isolationBy } from './isolated.js';
import { commandsOf, untilEmpty, untilNone } from './processes.js';

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.close());

for (const way of ['bubblewrap', 'unshare'] as const) {
  const isolation = await isolationBy(way);
  // Said by the worker when it starts: not every machine lets a user have spaces of their own.
  (isolation ? describe : describe.skip)(`a command isolated by ${way} (fault 6)`, () => {
    const run = (script: string, given?: Parameters<Bench['run']>[2]) => bench.run(isolation!, script, given);
    const said = async (script: string, given?: Parameters<Bench['run']>[2]) => {
      expect(await run(script, given)).toMatchObject({ kind: 'succeeded' });
      return bench.lines;
    };

    it('sees neither the data folder, nor other workspaces, nor a home, nor another process', async () => {
      const secret = join(bench.dataDir, 'cli-token');
      const other = join(bench.workspaces, 'another-run');
      writeFileSync(secret, 'canary');
      mkdirSync(other);
      const script = `cat '${secret}'; ls '${bench.dataDir}' '${bench.workspaces}' '${other}' /run /srv; ls -A '${homedir()}'
        cat /proc/${process.pid}/environ; find / -xdev -name cli-token; ps -e 2>/dev/null || ls -d /proc/[0-9]*; :`;
      const text = (await said(script)).join('\n');
      expect(text).not.toContain('canary');
      expect(text).not.toContain('another-run\n');
      for (const path of [secret, other, '/run', '/srv', `/proc/${process.pid}/environ`])
        expect(text).toMatch(new RegExp(`${path}'?: No such file`));
      const others = readdirSync(homedir()).filter((name) => !`${bench.root}/`.startsWith(join(homedir(), name, '/')));
      for (const name of others) expect(bench.lines).not.toContain(name);
    });

    it('gets an environment of its own, whatever its values hold', async () => {
      const env = { ODD: `it's\n"$HOME" \`id\` \\n`, LD_NOTHING: '' };
      const [names, odd] = (
        await said(`env | cut -d= -f1 | grep -E '^[A-Z_]+$' | sort | tr '\\n' ' '; echo; printf %s "$ODD"`, {
          env,
        })
      )
        .join('\n')
        .split(/\n([^]*)/);
      const own = ['AGENCYOS_ATTEMPT', 'AGENCYOS_INPUT', 'AGENCYOS_RESULT', 'HOME', 'LANG', 'LD_NOTHING', 'ODD', 'PATH', 'PWD'];
      expect(names?.trim().split(' ')).toEqual(own);
      expect(odd).toBe(env.ODD);
    });

    it('reaches nothing over the network, not even this machine, unless its profile says so', async () => {
      const server = await listening();
      const { port } = server.address() as AddressInfo;
      const script = `node -e "require('node:net').connect(${port}, '127.0.0.1').on('connect', () => { console.log('through'); process.exit() }).on('error', (error) => { console.log(error.code); process.exit() })"`;
      expect(await said(script)).not.toContain('through');
      expect(await said(script, { profile: { network: true } })).toContain('through');
      server.close();
    });

    it('has no right that its user has not, and cannot get one', async () => {
      const text = (
        await said('id -u; grep -E "^(CapEff|CapPrm|NoNewPrivs)" /proc/self/status; echo x >/etc/passwd; echo x >/usr/x; :')
      ).join('\n');
      expect(text).not.toMatch(/^0$/m);
      expect(text).toMatch(/CapPrm:\t0+\nCapEff:\t0+\nNoNewPrivs:\t1/);
      expect(existsSync('/usr/x')).toBe(false);
    });

    it('sees what its profile grants, and what lies hidden in it not', async () => {
      const granted = join(bench.root, 'granted');
      mkdirSync(granted);
      writeFileSync(join(granted, 'file'), 'granted');
      writeFileSync(join(bench.dataDir, 'cli-token'), 'canary');
      process.env['GRANTED_TO_TEST'] = 'by name';
      const profile = {
        folders: [{ path: bench.root, as: '/all' }, { path: granted }],
        env: ['GRANTED_TO_TEST'],
      };
      const lines = await said(
        `cat '${granted}/file' /all/granted/file; echo; ls -A /all/data; echo "$GRANTED_TO_TEST"; touch '${granted}/new' || echo read-only`,
        { profile },
      );
      expect(lines.join('\n')).toContain('grantedgranted');
      expect(lines.join('\n')).not.toContain('cli-token');
      expect(lines).toContain('by name');
      expect(lines).toContain('read-only');
      delete process.env['GRANTED_TO_TEST'];
    });

    it('keeps its home only where its profile says so', async () => {
      const profile = { home: true };
      await said('echo kept >"$HOME/token"', { profile });
      expect(await said('cat "$HOME/token"', { profile })).toContain('kept');
      expect(await run('cat "$HOME/token"')).toMatchObject({ kind: 'failed' });
    });

    it('leaves nothing behind, not even a daemon that left its group and its parent', async () => {
      const mark = `sleep 99${process.pid}`;
      await said(`setsid ${mark} >/dev/null 2>&1 & (setsid ${mark} &) ; sleep 0.1; echo done`);
      expect(commandsOf(mark)).toEqual([]);
    });

    it('ends with the group that a guard ends, whatever it has started', async () => {
      const mark = `sleep 98${process.pid}`;
      bench.onLine = (line) => line === 'ready' && process.kill(-bench.groups[0]!, 'SIGKILL');
      expect(await run(`setsid ${mark} & echo ready; wait`)).toMatchObject({
        kind: 'failed',
        fault: { code: 'killed' },
      });
      await untilEmpty(bench.groups[0]!);
      await untilNone(mark);
    });

    it('may end tidily when it is told to stop', async () => {
      const controller = new AbortController();
      bench.onLine = (line) => line === 'ready' && controller.abort('shutdown');
      await run('trap "echo tidy; exit 7" TERM; echo ready; while :; do sleep 0.05; done', {
        signal: controller.signal,
      });
      expect(bench.lines).toContain('tidy');
    });

    it.each([
      ['no-such-program', 'command_not_found'],
      ['/etc/passwd', 'not_executable'],
    ])('is told when there is no program %s', async (program, code) => {
      expect(await run('true')).toMatchObject({ kind: 'succeeded' });
      const { runCommand } = await import('../src/run-command.js');
      const folder = join(bench.workspaces, 'w');
      mkdirSync(folder);
      const settings = {
        signal: AbortSignal.timeout(20_000),
        onLine: () => undefined,
        isolation: isolation!,
      };
      const guard = { watch: () => undefined, release: () => undefined };
      const command = { argv: [program], env: { PATH: '/usr/bin:/bin' }, cwd: folder };
      expect(await runCommand(command, { ...settings, guard })).toMatchObject({ kind: 'not_started', code });
    });

    it('is tried again when its sandbox cannot be made, and says what is missing', async () => {
      const outcome = await run('true', { profile: { folders: [{ path: '/no/such/folder' }] } });
      expect(outcome).toMatchObject({ kind: 'failed', fault: { code: 'isolation_failed', retryable: true } });
      expect(JSON.stringify(outcome)).toContain('/no/such/folder');
    });
  });
}

describe('the first process of a sandbox', () => {
  it('refuses to be any other: it signals all that it sees', () => {
    // With an end of its input, so that it would not signal anything even if it went on.
    const outcome = () => execFileSync('/bin/sh', ['-c', firstProcess, 'sh', 'true'], { input: '', stdio: 'pipe' });
    expect(outcome).toThrow(expect.objectContaining({ status: 125 }));
    expect(firstProcess.split('\n')[0]).toBe('[ $$ = 1 ] || exit 125');
  });
});

function listening(): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}

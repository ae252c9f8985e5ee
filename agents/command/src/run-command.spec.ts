import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { untilEmpty } from '../test/processes.js';
import { runCommand, type CommandEnd } from './run-command.js';

let folder: string;
let groups: number[];
let lines: string[];
let onLine: (line: string) => void;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agencyos-run-'));
  groups = [];
  lines = [];
  onLine = () => undefined;
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const guard = { watch: (group: number) => void groups.push(group), release: () => undefined };
const run = (argv: string[], signal = new AbortController().signal) =>
  runCommand(
    { argv, env: { PATH: process.env['PATH'] ?? '' }, cwd: folder },
    { signal, guard, onLine: (line) => (lines.push(line), onLine(line)) },
  );
const node = (program: string) => [process.execPath, '-e', program];
const exited = (end: CommandEnd) => end as Extract<CommandEnd, { kind: 'exited' }>;
describe('running a command', () => {
  it('passes arguments literally, whatever a shell would make of them', async () => {
    const nasty = ['$(touch x)', '; rm -rf .', '`id`', '*', '|', '> y', '--', "'"];
    await run([...node('process.argv.slice(1).forEach((a) => console.log(a))'), '--', ...nasty]);
    expect(lines).toEqual(nasty);
  });

  it('tells exit code, signal and the last lines of both streams', async () => {
    const end = exited(await run(node('console.log("out"); console.error("err"); process.exitCode = 3')));
    expect(end).toMatchObject({ code: 3, signal: null });
    expect([...end.output.last].sort()).toEqual(['err', 'out']);
    expect(exited(await run(node('process.kill(process.pid, "SIGKILL")')))).toMatchObject({
      signal: 'SIGKILL',
    });
  });

  it.each([
    [['no-such-program-here'], 'command_not_found'],
    [['/etc/passwd'], 'not_executable'],
    [[process.execPath, 'nul\0'], 'bad_command'],
    [[''], 'bad_command'],
  ])('says why %j was not started', async (argv, code) => {
    expect(await run(argv)).toMatchObject({ kind: 'not_started', code });
  });

  it.each(['stop_ordered', 'lease_lost'])('ends the whole group when aborted (%s), also what ignores signals', async (reason) => {
    const controller = new AbortController();
    const stubborn = 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000);';
    const program = `${stubborn} const child = require("node:child_process").spawn(process.execPath,
      ["-e", ${JSON.stringify(`${stubborn} console.log("ready")`)}], { stdio: "inherit" });`;
    onLine = (line) => line === 'ready' && controller.abort(reason);
    const end = exited(await run(node(program), controller.signal));
    expect(end.signal).toBe('SIGKILL');
    await untilEmpty(groups[0]!);
  });

  it('lets a command end tidily when it is told to stop', async () => {
    const controller = new AbortController();
    onLine = (line) => line === 'ready' && controller.abort('shutdown');
    const program = 'process.on("SIGTERM", () => process.exit(7)); setInterval(() => {}, 1000); console.log("ready")';
    expect(exited(await run(node(program), controller.signal))).toMatchObject({ code: 7 });
  });

  it('leaves nothing of the group behind after an ordinary end', async () => {
    const program = `const child = require("node:child_process").spawn("sleep", ["1000"], { stdio: "inherit" });
      child.unref(); console.log("left it"); process.exit(0)`;
    expect(exited(await run(node(program)))).toMatchObject({ code: 0 });
    await untilEmpty(groups[0]!);
  });

  it('survives 100 MB of output that is no text', async () => {
    const program = 'const b = Buffer.alloc(1 << 20, 0xff); for (let n = 0; n < 100; n++) require("node:fs").writeSync(1, b)';
    const before = process.memoryUsage().rss;
    const end = exited(await run(node(program)));
    expect(end.output.bytes).toBe(100 << 20);
    expect(process.memoryUsage().rss - before).toBeLessThan(400 << 20);
    expect(lines.join('').length).toBeLessThan(10_000);
  });
});

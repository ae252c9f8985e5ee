import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const audit = join(import.meta.dirname, '..', '..', 'scripts', 'audit.mjs');

describe('the audit of the dependencies', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'agencyos-audit-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** With an npm that answers so. */
  function audited(answer: string) {
    writeFileSync(join(folder, 'answer'), answer);
    writeFileSync(join(folder, 'npm'), `#!/bin/sh\ncat '${join(folder, 'answer')}'\nexit 1\n`);
    chmodSync(join(folder, 'npm'), 0o755);
    const env = { PATH: [folder, process.env['PATH']].join(delimiter) };
    const { status, stdout } = spawnSync(process.execPath, [audit], { env, encoding: 'utf8' });
    return { status, stdout };
  }

  const report = (severity: string) =>
    JSON.stringify({ metadata: { vulnerabilities: {} }, vulnerabilities: { one: { name: 'one', severity, range: '<2' } } });

  it('fails for a serious fault and names it', () =>
    expect(audited(report('high'))).toEqual({ status: 1, stdout: expect.stringMatching(/^high: one <2\n.*1 of them/) }));

  it('passes lesser ones', () => expect(audited(report('low')).status).toBe(0));

  it('says where the registry gives no answer', () => {
    for (const none of ['', '{"error":{"code":"E405"}}', '<html>'])
      expect(audited(none)).toEqual({ status: 0, stdout: 'Dependencies: not audited, the registry gave no answer.\n' });
  });
});

import { describeCommand, LIMITS } from '@agencyos/contracts';
import { expect, it } from '@jest/globals';
import { reportOf } from './report.js';

it.each([
  ['without a name', ['', 'one']],
  ['with more names than a command takes', Array.from({ length: 1_000 }, (_, n) => `${n}${'名'.repeat(190)}`)],
])('the death of an agent that told of itself %s is reported', (_, instances) => {
  const told = { monitorId: 'agent-availability', state: 'breached', sinceAgoMs: 6_000, missed: 3, instances } as const;
  const report = reportOf({ ...told, instances: [...instances] }, '2026-03-01T12:00:00.000Z');
  expect(describeCommand('ReportTransition')!.data.safeParse(report).error).toBeUndefined();
  expect(Buffer.byteLength(JSON.stringify(report))).toBeLessThan(LIMITS.eventBytes);
  expect(report.instances).toContain(instances[1]);
});

import { execFileSync, spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeCommand } from '@agencyos/contracts';
import { afterAll, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { findPromtool } from '../../scripts/promtool.mjs';
import { find, ofKind } from '../support/objects.js';
import { chart, projectRoot, render, tools } from '../support/rendered.js';

const withTools = tools ? describe : describe.skip;
const promtool = await findPromtool(projectRoot).catch((error: Error) => void console.warn(error.message));
const folder = mkdtempSync(join(tmpdir(), 'agencyos-rules-'));
afterAll(() => rmSync(folder, { recursive: true }));

const monitored = { monitoring: { serviceMonitor: { enabled: true }, rules: { enabled: true }, dashboards: { enabled: true } } };
const rules = () =>
  find(render(monitored), 'PrometheusRule agencyos').spec as {
    groups: { rules: { alert: string; expr: string; annotations: Record<string, string> }[] }[];
  };

/** What the rules and the dashboards ask for. */
function expressions(): string[] {
  const dashboards = readdirSync(join(chart, 'files/dashboards')).map(
    (name) =>
      JSON.parse(readFileSync(join(chart, 'files/dashboards', name), 'utf8')) as { panels: { targets: { expr: string }[] }[] },
  );
  const ofDashboards = dashboards.flatMap(({ panels }) => panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)));
  return [...ofDashboards, ...rules().groups.flatMap((group) => group.rules.map(({ expr }) => expr))];
}

withTools('rules and dashboards', () => {
  it('ask for figures that our processes have', () => {
    const sources = globSync('{libs/runtime,services/*,gateway}/src/**/*.ts', { cwd: projectRoot });
    const names = sources.flatMap(
      (file) => readFileSync(join(projectRoot, file), 'utf8').match(/(?<=')agencyos_[a-z_]+(?=')/g) ?? [],
    );
    const known = new Set<string>(names);
    const asked = expressions().flatMap((expr) => expr.match(/\bagencyos_[a-z_]+/g) ?? []);
    expect(asked.length).toBeGreaterThan(15);
    expect(asked.filter((name) => !known.has(name.replace(/_bucket$/, '')))).toEqual([]);
  });

  it('send to the page that says what to do, which has a heading for each', () => {
    const all = rules().groups.flatMap((group) => group.rules);
    const page = readFileSync(join(projectRoot, 'docs/alerts.md'), 'utf8');
    const headings = [...page.matchAll(/^## (\w+)\n\n\*\*Means\*\* .+?\n\n\*\*Look first\*\* .+?\n\n\*\*Do\*\* /gms)].map(
      ([, name]) => name,
    );
    expect(headings).toEqual(all.map(({ alert }) => alert));
    for (const { alert, annotations } of all)
      expect(annotations['runbook_url']).toBe(`http://127.0.0.1:8400/docs/alerts#${alert.toLowerCase()}`);
  });

  it('name commands that there are', () => {
    const types = expressions().flatMap((expr) =>
      [...expr.matchAll(/type=~?"([\w|]+)"/g)].flatMap(([, names]) => names!.split('|')),
    );
    expect(types.length).toBeGreaterThan(3);
    expect(types.filter((type) => !describeCommand(type))).toEqual([]);
  });

  it('are two dashboards, each of which Grafana finds by its label', () => {
    const dashboards = ofKind(render(monitored), 'ConfigMap').filter(
      ({ metadata }) => metadata.labels?.['grafana_dashboard'] === '1',
    );
    expect(
      dashboards.map(({ data }) => Object.values(data!).map((text) => (JSON.parse(text) as { title: string }).title)),
    ).toEqual([['AgencyOS: what agents do'], ['AgencyOS: is it healthy']]);
  });

  (promtool ? describe : describe.skip)('by promtool', () => {
    const file = join(folder, 'rules.yaml');

    it('are rules that Prometheus takes', () => {
      writeFileSync(file, stringify(rules()));
      const said = execFileSync(promtool!, ['check', 'rules', file], { encoding: 'utf8' });
      expect(said).toContain(`SUCCESS: ${rules().groups[0]!.rules.length} rules found`);
      writeFileSync(join(folder, 'wrong.yaml'), stringify(rules()).replace('histogram_quantile(', 'histogram_quantil('));
      expect(spawnSync(promtool!, ['check', 'rules', join(folder, 'wrong.yaml')]).status).not.toBe(0);
    });

    /** Of each minute one value; what fires after half an hour. */
    function firing(series: Record<string, string>): string[] {
      writeFileSync(file, stringify(rules()));
      const alerts = rules().groups.flatMap((group) => group.rules.map(({ alert }) => alert));
      const test = {
        ...{ rule_files: [file], evaluation_interval: '1m' },
        tests: [
          {
            interval: '1m',
            input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
            // It names each alert that fires though none is expected.
            alert_rule_test: alerts.map((alertname) => ({ eval_time: '30m', alertname, exp_alerts: [] })),
          },
        ],
      };
      writeFileSync(join(folder, 'test.yaml'), stringify(test));
      const { stdout, stderr } = spawnSync(promtool!, ['test', 'rules', join(folder, 'test.yaml')], { encoding: 'utf8' });
      return alerts.filter((alert) => new RegExp(`alertname: ${alert},`).test(stdout + stderr));
    }
    const ours = 'namespace="agencyos"';

    it.each<[string, Record<string, string>, string[]]>([
      [
        'nothing while all is well',
        {
          [`up{${ours}, job="agencyos-kanban"}`]: '1x30',
          [`agencyos_parked_events{${ours}, service="kanban", consumer="board"}`]: '0x30',
          [`agencyos_commands_total{${ours}, service="kanban", outcome="accepted"}`]: '0+60x30',
          [`agencyos_tasks{${ours}, role="check", state="ready"}`]: '3x30',
          [`agencyos_tasks{${ours}, role="check", state="leased"}`]: '1x30',
        },
        [],
      ],
      [
        'a service without a replica',
        { [`up{${ours}, job="agencyos-kanban", pod="a"}`]: '0x30' },
        ['AgencyosServiceDown', 'AgencyosReplicaDown'],
      ],
      [
        'one replica of two',
        {
          [`up{${ours}, job="agencyos-kanban", pod="a"}`]: '0x30',
          [`up{${ours}, job="agencyos-kanban", pod="b"}`]: '1x30',
        },
        ['AgencyosReplicaDown'],
      ],
      ['nothing of another installation', { 'up{namespace="other", job="agencyos-kanban"}': '0x30' }, []],
      [
        'events that were set aside',
        { [`agencyos_parked_events{${ours}, service="kanban", consumer="board"}`]: '2x30' },
        ['AgencyosEventsParked'],
      ],
      [
        'a consumer that stands',
        {
          [`agencyos_consumer_position{${ours}, service="kanban", consumer="board"}`]: '10x30',
          [`agencyos_consumer_position{${ours}, service="swarm", consumer="run"}`]: '10+1000x30',
        },
        ['AgencyosConsumerBehind'],
      ],
      [
        'commands that fail',
        {
          [`agencyos_commands_total{${ours}, service="kanban", outcome="accepted"}`]: '0+60x30',
          [`agencyos_commands_total{${ours}, service="kanban", outcome="fault"}`]: '0+6x30',
        },
        ['AgencyosCommandsFail'],
      ],
      ['a relay that is behind', { [`agencyos_relay_lag_events{${ours}}`]: '0+1000x30' }, ['AgencyosRelayBehind']],
      ['tasks that nobody works at', { [`agencyos_tasks{${ours}, role="check", state="ready"}`]: '3x30' }, ['AgencyosTasksWait']],
      [
        'messages of somebody else',
        { [`agencyos_foreign_messages_total{${ours}, service="relay"}`]: '0+1x30' },
        ['AgencyosForeignMessages'],
      ],
      [
        'a backup that is too old, or was never made',
        { [`kube_cronjob_created{${ours}, cronjob="agencyos-backup"}`]: '-50000x30' },
        ['AgencyosBackupOld'],
      ],
      [
        'nothing of a backup that is young',
        {
          [`kube_cronjob_created{${ours}, cronjob="agencyos-backup"}`]: '-50000x30',
          [`kube_cronjob_status_last_successful_time{${ours}, cronjob="agencyos-backup"}`]: '0x30',
        },
        [],
      ],
    ])('report %s', (_what, series, expected) => {
      expect(firing(series)).toEqual(expected);
    });
  });
});

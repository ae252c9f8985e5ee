import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { ofKind } from '../support/objects.js';
import { projectRoot, render, tools } from '../support/rendered.js';

const text = readFileSync(join(projectRoot, 'docs/kubernetes.md'), 'utf8');
const blocks = (language: string) =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\``, 'gm'))].map(([, block]) => block!);
/** What asks no cluster, or asks it only to apply what it has rendered. */
const commands = blocks('sh')
  .flatMap((block) => block.split('\n'))
  .map((line) => line.replace(/ +#.*$/, ''))
  .filter((line) => /^(helm|kubectl kustomize) /.test(line));

(tools ? describe : describe.skip)('docs/kubernetes.md', () => {
  it.each(commands)('%s', (command) => {
    const [program, ...args] = command
      .replace(/^helm (install|upgrade)/, 'helm template')
      .replace(' --reuse-values', '')
      .split(' ');
    const { status, stderr } = spawnSync(program === 'helm' ? tools!.helm : tools!.kubectl, args, {
      cwd: projectRoot,
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, '']);
  });

  it('has examples of values that are taken', () => {
    const [agents] = blocks('yaml');
    const objects = render(parse(agents!) as object);
    expect(ofKind(objects, 'ScaledObject').map(({ metadata }) => metadata.name)).toContain('agencyos-command-build');
  });

  it('explains every alert', () => {
    const rules = readFileSync(join(projectRoot, 'k8s/chart/files/rules.yaml'), 'utf8');
    const alerts = [...rules.matchAll(/alert: (\w+)/g)].map(([, name]) => name!);
    expect(alerts.filter((name) => !text.includes(name))).toEqual([]);
  });
});

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { nameOf, ofKind } from '../support/objects.js';
import { projectRoot, render, tools } from '../support/rendered.js';

const pages = ['docs/kubernetes.md', 'docs/kubernetes-operate.md', 'docs/alerts.md'];
const text = (page: string) => readFileSync(join(projectRoot, page), 'utf8');
const blocks = (page: string, language: string) =>
  [...text(page).matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\``, 'gm'))].map(([, block]) => block!);
const lines = pages.flatMap((page) => blocks(page, 'sh').flatMap((block) => block.split('\n')));
/** What asks no cluster, or asks it only to apply what it has rendered. */
const commands = lines
  .map((line) => line.replace(/ +#.*$/, ''))
  .filter((line) => /^(helm (install|upgrade)|kubectl kustomize) /.test(line));
const KINDS = { deploy: 'Deployment', deployment: 'Deployment', service: 'Service', cronjob: 'CronJob', job: 'Job' };
const everything = { backup: { enabled: true, seal: { existingSecret: 'backup-seal' } } };

(tools ? describe : describe.skip)('the pages about Kubernetes', () => {
  it.each([...new Set(commands)])('%s', (command) => {
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

  // There is no cluster to ask: that what they ask for is there is all that can be seen here.
  it('ask a cluster for what the chart installs', () => {
    const names = render(everything).map(nameOf);
    const asked = pages.flatMap((page) => [
      ...text(page).matchAll(/\b(deploy|deployment|service|cronjob|job)\/(agencyos-[a-z-]+[a-z])/g),
    ]);
    const missing = asked
      .map(([, kind, name]) => `${KINDS[kind as keyof typeof KINDS]} ${name}`)
      .filter((wanted) => !names.some((name) => name === wanted || name.startsWith(`${wanted}-`)));
    expect([asked.length > 8, missing]).toEqual([true, []]);
    const secrets = ['nkeys', 'nats', 'database', 'tokens'].map((name) => `agencyos-${name}`);
    for (const [, name] of lines.join('\n').matchAll(/(?:patch|get) secret (\S+)/g)) expect(secrets).toContain(name);
  });

  it('have examples of values that are taken', () => {
    const [agents] = blocks(pages[0]!, 'yaml');
    const objects = render(parse(agents!) as object);
    expect(ofKind(objects, 'ScaledObject').map(({ metadata }) => metadata.name)).toContain('agencyos-command-build');
  });
});

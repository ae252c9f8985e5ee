import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';

const root = dirname(dirname(import.meta.dirname));
const imports = (specifier: string) => `import '${specifier}';\n`;
const cases = {
  'services/kanban/src/stray.mjs': imports('../../swarm/src/service.js'),
  'services/kanban/scripts/stray.mjs': imports('@agencyos/agent'),
  'supervisor/bin/stray.mjs': imports('@agencyos/runtime'),
  'benchmarks/stray.mjs': imports('@agencyos/agent'),
  'benchmarks/support/stray.mjs': imports('../../services/kanban/dist/service.js'),
  'services/kanban/src/double.mjs': imports('@agencyos/runtime/testing'),
  'services/kanban/src/board/stray.mjs': imports('@agencyos/testing/servers'),
  'libs/runtime/src/stray.mjs': imports('@agencyos/testing'),
  'services/kanban/src/fetch.mjs': "await fetch('http://127.0.0.1/');",
  'gateway/src/request.mjs': "import { request } from 'node:https';",
  'libs/runtime/src/undici.mjs': imports('undici'),
  'supervisor/src/get.mjs': "import { get } from 'node:http';",
  'supervisor/test/stray.mjs': imports('@agencyos/testing'),
  'benchmarks/allowed.mjs': imports('@agencyos/runtime') + imports('@agencyos/testing/servers'),
  'services/kanban/test/allowed.mjs': imports('@agencyos/testing/servers'),
  'libs/runtime/src/consumers/testing/allowed.mjs': imports('@agencyos/testing'),
};
let refused: Record<string, string[]>;

/** What the lint says to files that are not there, all in one process: it is slow to start. */
beforeAll(() => {
  const script = `import { ESLint } from 'eslint';
    const eslint = new ESLint();
    const refused = {};
    for (const [filePath, text] of Object.entries(${JSON.stringify(cases)})) {
      const [{ messages }] = await eslint.lintText(text, { filePath });
      refused[filePath] = messages.map(({ ruleId }) => ruleId);
    }
    console.log(JSON.stringify(refused));`;
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => name !== 'NODE_OPTIONS'));
  const run = (...args: string[]) => execFileSync(process.execPath, args, { cwd: root, env, encoding: 'utf8' });
  run('node_modules/nx/dist/bin/nx.js', 'show', 'projects'); // the rule reads the graph that this leaves behind
  refused = JSON.parse(run('--input-type=module', '-e', script)) as Record<string, string[]>;
});

describe('the boundaries of the architecture', () => {
  it.each(Object.keys(cases).filter((file) => /stray\.mjs$/.test(file)))('%s may not import that', (file) => {
    expect(refused[file]).toContain('@nx/enforce-module-boundaries');
  });

  it('keep doubles of a project out of what is no spec', () => {
    expect(refused['services/kanban/src/double.mjs']).toEqual(['@typescript-eslint/no-restricted-imports']);
  });

  it.each(Object.keys(cases).filter((file) => /allowed\.mjs$/.test(file)))('%s may import that', (file) => {
    expect(refused[file]).toEqual([]);
  });

  it.each(['services/kanban/src/fetch.mjs', 'gateway/src/request.mjs', 'libs/runtime/src/undici.mjs', 'supervisor/src/get.mjs'])(
    '%s may not speak HTTP past the client of all outgoing requests',
    (file) => expect(refused[file]).toContainEqual(expect.stringMatching('no-restricted-(globals|imports)')),
  );

  it('are drawn for every kind of project', () => {
    const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: object };
    const projects = Object.keys(lock.packages).filter((path) => path && !path.includes('node_modules/'));
    const config = readFileSync(join(root, 'eslint.config.mjs'), 'utf8');
    for (const project of projects) {
      const { nx } = JSON.parse(readFileSync(join(root, project, 'package.json'), 'utf8')) as {
        nx: { tags: string[] };
      };
      for (const tag of nx.tags) expect(config).toContain(`sourceTag: '${tag}'`);
    }
  });
});

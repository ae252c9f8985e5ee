import { pascal, camel, requireKebab } from './names.mjs';
import { copyProject } from './project-files.mjs';

/** Its project files are taken over. */
const PATTERN = 'agents/command';

/** `npm run new -- agent scribe --role notes`: a program that does tasks, and its row in the table. */
export function newAgent(changes, [kind], { role: roles = [kind] }) {
  requireKebab(kind, 'An agent kind');
  const folder = `agents/${kind}`;
  copyProject(changes, PATTERN, folder, { name: `@agencyos/agent-${kind}`, dependencies: { '@agencyos/agent': '*' } });
  changes.create(`${folder}/README.md`, readme(kind, roles));
  changes.create(`${folder}/src/main.ts`, main(kind));
  changes.create(`${folder}/src/${kind}-handler.ts`, handler(kind));
  changes.create(`${folder}/src/${kind}-handler.spec.ts`, handlerSpec(kind));
  const table = changes.edit('contracts/src/installation/installation.ts');
  const row = `{ kind: '${kind}', folder: '${folder}', instances: 1, roles: [${roles.map((role) => `'${role}'`).join(', ')}] }`;
  table.append(table.listOf('agentKinds'), row);
  changes.leave(`${folder}/src/${kind}-handler.ts`, 'what it does with a task', 'async');
  changes.leave(`${folder}/src/${kind}-handler.spec.ts`, 'what comes of which input', 'kind:');
  changes.leave('contracts/src/installation/installation.ts', 'how many processes, and whose tasks they get', `kind: '${kind}'`);
  return ['npm install --ignore-scripts', 'npm run build', 'npm run generate   # docker-compose.yml'];
}

const readme = (kind, roles) => `# ${kind}

An agent that does the tasks of the ${roles.length === 1 ? 'role' : 'roles'} ${roles.map((role) => `\`${role}\``).join(', ')} (\`@agencyos/agent\`).
`;

const nameOf = (kind) => `${camel(pascal(kind))}Handler`;

const main = (kind) => `import { readAgentConfig, runAgent } from '@agencyos/agent';
import { ${nameOf(kind)} } from './${kind}-handler.js';

await runAgent({
  kind: 'custom',
  readConfig: readAgentConfig,
  prepare: () => ({ handler: ${nameOf(kind)}, build: '0.1.0' }),
});
`;

const handler = (kind) => `import type { TaskHandler } from '@agencyos/agent';

/** Hands its input back. */
export const ${nameOf(kind)}: TaskHandler = async ({ input }) => ({ kind: 'succeeded', output: input });
`;

const handlerSpec = (kind) => `import type { TaskContext } from '@agencyos/agent';
import { expect, it } from '@jest/globals';
import { ${nameOf(kind)} } from './${kind}-handler.js';

it('hands its input back', async () => {
  const context = { input: { text: 'one' } } as TaskContext;
  expect(await ${nameOf(kind)}(context)).toEqual({ kind: 'succeeded', output: { text: 'one' } });
});
`;

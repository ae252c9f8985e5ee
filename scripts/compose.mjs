import { agentsOf } from '../contracts/dist/installation/index.js';

const REGION = /^( *)# generated: ([a-z-]+)\n[^]*?^ *# end of generated\n/gm;

/**
 * Writes what the installation's table says into docker-compose.yml, between the marks; the rest is kept. A service that
 * needs more than the ordinary is written by hand outside of them, and left out here.
 */
export function composeOf(text, installation) {
  const [own = ''] = /^services:\n(?:[ #\n].*\n?|\n)*/m.exec(text.replace(REGION, '')) ?? [];
  const byHand = new Set([...own.matchAll(/^ {2}([\w-]+):/gm)].map(([, name]) => name));
  const regions = regionsOf(installation, byHand);
  return text.replace(REGION, (_, indent, name) => {
    const lines = regions[name]?.();
    if (!lines)
      throw new Error(`docker-compose.yml asks for ${name}, which is not generated: ${Object.keys(regions).join(', ')} are.`);
    const block = [`# generated: ${name}`, ...lines, '# end of generated'];
    return block.map((line) => `${line && indent}${line}\n`).join('');
  });
}

function regionsOf(installation, byHand) {
  const names = installation.services.map(({ name }) => name);
  const agents = agentsOf(installation);
  return {
    'role-files': () => names.map((name) => `- /run/secrets/${name}.url`),
    'role-secrets': () => names.map((name) => `- ${name}.url`),
    services: () => apart(installation.services.filter(({ name }) => !byHand.has(name)).map(serviceLines)),
    agents: () => apart(agents.filter(({ name }) => !byHand.has(name)).map(agentLines)),
    'agents-of-swarm': () => [`AGENCYOS_AGENTS: ${agents.map(({ name, roles }) => `${name}=${roles.join()}`).join(' ')}`],
    secrets: () => [
      ...names.flatMap((name) => [
        `${name}.nk: { file: ./secrets/nkeys/${name}.nk }`,
        `${name}.url: { file: ./secrets/database/${name}.url }`,
      ]),
      ...agents.map(({ name }) => `agent_${name}.nk: { file: ./secrets/nkeys/agent_${name}.nk }`),
    ],
  };
}

const apart = (blocks) => blocks.flatMap((lines, n) => (n === 0 ? lines : ['', ...lines]));

const serviceLines = ({ name, folder }) => [
  `${name}:`,
  '  <<: *service',
  `  command: [${folder}/dist/main.js]`,
  `  environment: { <<: *environment, NATS_NKEY_FILE: /run/secrets/${name}.nk, DATABASE_URL_FILE: /run/secrets/${name}.url }`,
  `  secrets: [${name}.url, ${name}.nk, kurrentdb.url, kurrentdb-ca.crt]`,
];

const agentLines = ({ name, folder, roles }) => [
  `${name}:`,
  '  <<: *worker',
  `  command: [${folder}/dist/main.js]`,
  '  environment:',
  '    <<: *worker-environment',
  `    NATS_NKEY_FILE: /run/secrets/agent_${name}.nk`,
  `    AGENCYOS_AGENT_ID: ${name}`,
  `    AGENCYOS_AGENT_ROLES: ${roles.join()}`,
  `    AGENCYOS_AGENT_TOKEN_FILE: /data/agents/${name}.token`,
  `  secrets: [agent_${name}.nk]`,
];

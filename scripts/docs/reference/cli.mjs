import { written } from './fields.mjs';

/** What `agencyos COMMAND --help` says, of all. */
export function cliPage({ commands, overview, helpOf }) {
  const shown = (text) => `\`\`\`text\n${text.trim()}\n\`\`\``;
  const own = (command) => helpOf(command).split('\nEverywhere:')[0];
  return [
    '# Command line',
    written('the command line itself'),
    shown(overview(commands)),
    ...Object.entries(commands).map(([name, command]) => `## ${name}\n\n${shown(own(command))}`),
  ].join('\n\n');
}

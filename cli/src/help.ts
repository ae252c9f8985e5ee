import type { Command } from './command.js';

const everywhere = `Everywhere:
  --url URL        address (else AGENCYOS_URL, the data folder's, http://127.0.0.1:8400)
  --data-dir DIR   the installation's data folder (else AGENCYOS_DATA_DIR, .agencyos here or further up)
  --json           one JSON value per line, for machines
  --help, --version
`;

/** All commands, one line each. */
export function overview(commands: Record<string, Command>): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  const lines = Object.entries(commands).map(([name, { summary }]) => `  agencyos ${name.padEnd(width)}   ${summary}\n`);
  return `agencyos: the command line of AgencyOS Orchestration

${lines.join('')}
\`agencyos COMMAND --help\` says more about one.

${everywhere}`;
}

/** The page of one command. */
export function helpOf({ usage, summary, details }: Command): string {
  const ways = usage.map((way) => `  agencyos ${way}\n`).join('');
  const sentence = `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`;
  return `${sentence}\n\n${ways}\n${details ? `${details}\n\n` : ''}${everywhere}`;
}

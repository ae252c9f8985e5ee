import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { dataFault, newId } from '@agencyos/contracts';
import { boardFor } from '../boards.js';
import { CliProblem, Refused, usageProblem } from '../cli-problem.js';
import type { Command } from '../command.js';
import { followRun } from '../follow-run.js';
import type { GatewayClient } from '../gateway-client.js';
import { LiveConnection } from '../live-connection.js';
import type { Printer } from '../printer.js';
import { rolesOf } from '../unserved-roles.js';

interface RunOptions {
  file: string;
  inputs: string[];
  /** Id or key, or `none`. */
  board?: string | undefined;
  wait: boolean;
}

const maxFileBytes = 256 * 1024;

export const runCommand: Command = {
  usage: ['run FILE [--input NAME=TEXT] [--input NAME:=JSON] [--board BOARD] [--wait]'],
  summary: 'publish a workflow file and start it',
  details: `  --input NAME=TEXT    a value that the workflow asks for, as text; more than once
  --input NAME:=JSON   the same, as any JSON value
  --board BOARD        where its cards go: a key, an id, or none; else the first board for work
  --wait               follow it to its end; exit code 0 when it succeeded, else 1`,
  options: {
    input: { type: 'string', multiple: true },
    board: { type: 'string' },
    wait: { type: 'boolean' },
  },
  words: 1,
  async run({ words: [file], text, texts, flag, client, printer }) {
    if (file === undefined) throw usageProblem('Which workflow file?', 'run');
    const options = { file, inputs: texts('input'), board: text('board'), wait: flag('wait') };
    return runWorkflow(client(), printer, options);
  },
};

/** Publishes a workflow file and starts it; with `wait` follows it to its end. @returns exit code */
async function runWorkflow(client: GatewayClient, printer: Printer, options: RunOptions): Promise<number> {
  const bytes = await readWorkflow(options.file);
  const workflowId = workflowIdOf(options.file, bytes.toString('utf8'));
  const input = parseInputs(options.inputs);
  const boardId = await boardFor(client, options.board);

  const spec = await client.putContent(Uint8Array.from(bytes), 'application/yaml');
  await client.command('swarm', 'PublishWorkflow', { workflowId, spec, digest: spec.digest });
  await warnOfRoles(client, printer, workflowId, spec.digest);
  const runId = newId();
  await client.command('swarm', 'StartRun', {
    runId,
    workflowId,
    // Somebody may have published another file under this name since.
    digest: spec.digest,
    input: { value: input },
    cause: { kind: 'manual' },
    ...(boardId && { boardId }),
  });
  const address = `${client.target.url}/runs/${runId}`;
  printer.line(`Started run ${runId} of ${workflowId}: ${address}`);
  printer.data({ runId, workflowId, address });
  if (!options.wait) return 0;

  const live = new LiveConnection(client);
  try {
    const run = await followRun(live, runId, printer);
    printer.data({ runId, state: run.state, output: run.output, fault: run.fault });
    return run.state === 'succeeded' ? 0 : 1;
  } finally {
    live.close();
  }
}

/** Roles that the file names and nobody has: its tasks would wait in silence. */
async function warnOfRoles(client: GatewayClient, printer: Printer, workflowId: string, digest: string): Promise<void> {
  try {
    const named = await publishedRoles(client, workflowId, digest);
    const served = rolesOf((await client.view('agents', 'all')).list('agent'));
    for (const role of named.filter((one) => !served.has(one))) {
      printer.line(`! No agent with role ${role} is registered: what is of that role waits until one is`);
      printer.data({ warning: 'role_unserved', role });
    }
  } catch (error) {
    // A hint; whoever may start runs need not be allowed to look at them.
    if (!(error instanceof Refused)) throw error;
  }
}

/** The view may be a moment behind what was published. */
async function publishedRoles(client: GatewayClient, workflowId: string, digest: string): Promise<string[]> {
  for (let tries = 0; tries < 20; tries++) {
    const row = (await client.view('workflows', 'all')).row(`workflow/${workflowId}`);
    if (row?.digest === digest) return row.roles;
    await delay(100);
  }
  return [];
}

/**
 * The name that the file gives itself. Where it is missing or none the file is published under another: it is refused
 * for that, with everything else that is wrong.
 */
function workflowIdOf(file: string, text: string): string {
  const written = /^["']?workflow["']?[ \t]*:[ \t]*(.*)$/m.exec(text)?.[1];
  if (written === undefined && !/^["']?tasks["']?[ \t]*:/m.test(text))
    throw new CliProblem(`${file} is no workflow file: it needs a line like \`workflow: my-workflow\`, and tasks.`);
  return /^(["']?)([a-z0-9][a-z0-9-]{0,62})\1[ \t]*(?:#.*)?$/.exec(written ?? '')?.[2] ?? 'unnamed';
}

async function readWorkflow(file: string): Promise<Buffer> {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new CliProblem(error.code === 'ENOENT' ? `There is no file ${file}.` : `${file} cannot be read (${error.code}).`);
  });
  if (bytes.length > maxFileBytes)
    throw new CliProblem(`${file} has ${bytes.length} bytes; a workflow file has at most ${maxFileBytes}.`);
  return bytes;
}

/** `name=text` gives a text, `name:=json` any JSON value. */
function parseInputs(inputs: string[]): Record<string, unknown> {
  return Object.fromEntries(
    inputs.map((entry) => {
      const match = /^([A-Za-z_][A-Za-z0-9_-]*)(:?=)([\s\S]*)$/.exec(entry);
      if (!match) throw usageProblem(`--input ${entry} is not understood: write name=text or name:=json.`);
      const [, name = '', sign, value = ''] = match;
      if (sign === '=') return [name, value];
      return [name, parseJson(entry, value)];
    }),
  );
}

function parseJson(entry: string, json: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw usageProblem(`--input ${entry}: what follows := is not JSON.`);
  }
  // Here, for what is too large would be sent as another number.
  const fault = dataFault(value);
  if (fault) throw usageProblem(`--input ${entry}: ${fault.path && `${fault.path} `}${fault.why}.`);
  return value;
}

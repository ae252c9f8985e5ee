import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ContentClient } from '@agencyos/agent';
import { Content } from '@agencyos/contracts';
import { z } from 'zod';
import { FileRefused } from '../files/file-refused.js';
import { unpackUses } from '../files/used-files.js';
import { placesIn } from '../workspace.js';
import { deliveryFrom, undeliverable } from './delivery.js';

/*
 * What stands beside a command in its Job, of our own image: it brings the files of its attempt from the worker before the
 * command begins, and brings back what that has produced, when it is told that it has ended.
 */

const Task = z.object({
  inputJson: z.string(),
  uses: z.record(z.string(), Content),
  produces: z.record(z.string(), z.string()),
});

const [workspace = ''] = process.argv.slice(2);
const { AGENCYOS_FILES_URL: url = '', AGENCYOS_FILES_TICKET: ticket = '', AGENCYOS_FILES_TEMP: temp = '' } = process.env;
const authorization = `Bearer ${ticket}`;
const { exchange, inputFile, resultFile } = placesIn(workspace);

const { produces } = await fetchFiles();
const deliver = async () => bring(await deliveryFrom({ workspace, resultFile }, produces));
process.once('SIGTERM', () => void deliver().finally(() => process.exit(0)));
setInterval(() => undefined, 60_000);
// Its startup probe looks for it: the command does not begin before.
await writeFile(join(temp, 'ready'), '');

async function fetchFiles(): Promise<z.infer<typeof Task>> {
  const task = await taskOf();
  try {
    await mkdir(exchange, { recursive: true });
    await writeFile(inputFile, task.inputJson);
    const tokenFile = join(temp, 'ticket');
    await writeFile(tokenFile, ticket);
    const store = new ContentClient({ gatewayUrl: url, tokenFile });
    if (Object.keys(task.uses).length > 0) await unpackUses(task.uses, workspace, store, AbortSignal.timeout(600_000));
    return task;
  } catch (error) {
    if (!(error instanceof FileRefused)) throw error;
    await bring(undeliverable(error));
    process.exit(1);
  }
}

async function taskOf(): Promise<z.infer<typeof Task>> {
  const response = await fetch(`${url}/task`, { headers: { authorization } });
  if (!response.ok) throw new Error(`The worker does not give the files of this attempt: it answers ${response.status}.`);
  return Task.parse(await response.json());
}

async function bring(body: Buffer): Promise<void> {
  await fetch(`${url}/delivery`, { method: 'PUT', headers: { authorization }, body: body as NonNullable<RequestInit['body']> });
}

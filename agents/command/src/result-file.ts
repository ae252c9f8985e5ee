import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { dataFault, LIMITS, nestedDeeperThan } from '@agencyos/contracts';

/** The largest output that the content store takes, and what stands around it; more is not even read. */
const maxFileBytes = LIMITS.contentBytes + 1024;

export const Result = z.union([
  z.strictObject({ output: z.unknown() }).refine((result) => 'output' in result),
  z.strictObject({
    handoff: z.strictObject({
      toRole: z.string(),
      reason: z.string().min(1),
      context: z.unknown().optional(),
    }),
  }),
  z.strictObject({
    fault: z.strictObject({
      code: z.string().regex(/^[a-z][a-z0-9_]{0,63}$/),
      message: z.string().min(1),
      retryable: z.boolean(),
    }),
  }),
]);
export type CommandResult = z.infer<typeof Result>;

/** Why a result was not taken: a stable code and a sentence for people. */
export class ResultRefused extends Error {
  constructor(
    readonly code: 'result_invalid' | 'result_too_large' | 'result_outside',
    message: string,
  ) {
    super(message);
  }
}

/**
 * Reads what a command left as its result; undefined when it left none. The command may have put anything there:
 * only a regular file at exactly this place counts, so that it cannot have another file read in its name.
 *
 * @throws ResultRefused
 */
export async function readResult(path: string): Promise<CommandResult | undefined> {
  // Without O_NONBLOCK opening a named pipe would wait for ever.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await open(path, flags).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new ResultRefused('result_outside', 'The result is not a regular file in the workspace.');
  });
  if (!file) return undefined;
  try {
    const folder = dirname(path);
    const place = await realpath(path).catch(() => '');
    const wanted = join(await realpath(dirname(folder)), '.agencyos', 'result.json');
    const { size, nlink } = await file.stat();
    if (!(await file.stat()).isFile() || nlink > 1 || place !== wanted) {
      throw new ResultRefused('result_outside', 'The result is not a regular file in the workspace.');
    }
    if (size > maxFileBytes) throw tooLarge(`The result has ${size} bytes`, LIMITS.contentBytes);
    return parseResult(await file.readFile('utf8'));
  } finally {
    await file.close();
  }
}

/** Of the output, the fault or the handoff, within the object that names which it is. */
const maxDepth = LIMITS.jsonDepth + 1;

function parseResult(text: string): CommandResult {
  if (nestedDeeperThan(text, maxDepth))
    throw new ResultRefused('result_invalid', `The result is nested deeper than ${LIMITS.jsonDepth} levels.`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new ResultRefused('result_invalid', `The result is not JSON: ${(error as Error).message}`);
  }
  const unfit = dataFault(json);
  if (unfit) throw new ResultRefused('result_invalid', `${unfit.path || 'The result'} ${unfit.why}.`);
  const result = Result.safeParse(json);
  if (!result.success) {
    throw new ResultRefused('result_invalid', 'The result must be {"output": …}, {"handoff": …} or {"fault": …}.');
  }
  // An output may go to the content store; what is handed over goes into an event.
  if ('handoff' in result.data && !fitsInline(result.data.handoff.context))
    throw tooLarge('The context of the handoff is too large', LIMITS.inlineJsonBytes);
  return result.data;
}

/** Whether a value may stand in an event. */
export const fitsInline = (value: unknown): boolean => Buffer.byteLength(JSON.stringify({ value })) <= LIMITS.inlineJsonBytes;

export const tooLarge = (what: string, limit: number): ResultRefused =>
  new ResultRefused('result_too_large', `${what}; at most ${limit} bytes are kept. Write a file and name it instead.`);

import { CommandInput, LIMITS } from '@agencyos/contracts';
import { NotStored, safeText, type ContentClient, type TaskHandler, type TaskOutcome } from '@agencyos/agent';
import { FileRefused } from './files/file-refused.js';
import { storeProduced } from './files/produced-files.js';
import { imageFor } from './isolation/kubernetes-profile.js';
import { Profiles } from './isolation/profiles.js';
import type { JobsDriver } from './jobs/driver.js';
import { overLimit } from './limits/limits.js';
import { fitsInline, ResultRefused, tooLarge, type CommandResult } from './result-file.js';
import type { CommandEnd } from './run-command.js';
import { runHere, type RunHereSettings } from './run-here.js';

export interface CommandHandlerSettings extends RunHereSettings {
  /** Runs commands as Jobs, for the roles whose profile says so. */
  jobs?: JobsDriver;
  /** Where files are, and outputs that are too large for an event. */
  content?: Pick<ContentClient, 'put' | 'get'>;
}

/** From this size on the log says how much there was, with its digest. */
const longOutputBytes = 1 << 20;

/** Does tasks whose input is a command: runs it and takes its exit code and result file as the outcome. */
export function commandHandler(settings: CommandHandlerSettings): TaskHandler {
  const { content, profiles = new Profiles(), jobs } = settings;
  const here = runHere({ ...settings, profiles });
  return async (context) => {
    const input = CommandInput.safeParse(context.input);
    if (!input.success) return failed('input_invalid', 'The input names no command: {run: [program, argument…]} is wanted.');
    const { uses, produces, image } = input.data;
    if ((uses || produces) && !content) return failed('no_content_store', 'This worker has no content store for files.');
    const { driver, kubernetes, limits: most } = profiles.forRole(context.task.role);
    const chosen = driver === 'kubernetes' || image !== undefined ? imageFor(image, kubernetes) : undefined;
    if (chosen && 'refused' in chosen) return failed('image_not_allowed', chosen.refused);
    if (chosen && !jobs) return failed('no_jobs', 'This worker is not set up to make Jobs of Kubernetes.');
    try {
      const ran = chosen && jobs ? await jobs(context, input.data, { ...most, ...chosen }) : await here(context, input.data);
      const { end, limits } = ran;
      if (end.kind === 'not_started') return failed(end.code, end.message, end.retryable);
      if (end.exceeded) return failed(`${end.exceeded}_limit`, overLimit(end.exceeded, limits));
      if (end.output.bytes > longOutputBytes) context.log(`[output: ${end.output.bytes} bytes, ${end.output.digest()}]`);
      const outcome = await storedIfLarge(outcomeOf(end, await ran.result()), content, context.signal);
      if (outcome.kind !== 'succeeded' || !produces || !content) return outcome;
      return { ...outcome, artifacts: await storeProduced(await ran.produced(), { ...context, store: content }) };
    } catch (error) {
      return refused(error);
    }
  };
}

function outcomeOf(end: Extract<CommandEnd, { kind: 'exited' }>, result: CommandResult | undefined): TaskOutcome {
  const lastLines = end.output.last.map((line) => safeText(line, 300));
  if (result && 'fault' in result) return { kind: 'failed', fault: result.fault };
  if (end.code !== 0) {
    const how = end.signal ? `was ended by ${end.signal}` : `ended with exit code ${end.code}`;
    const last = lastLines.findLast((line) => line.trim() !== '');
    const message = last ? `The command ${how}: ${last}` : `The command ${how}.`;
    return { kind: 'failed', fault: { code: end.signal ? 'killed' : 'exit', message, retryable: true } };
  }
  if (result && 'handoff' in result) {
    const { toRole, reason, context = null } = result.handoff;
    return { kind: 'handed_off', toRole, reason, context };
  }
  return { kind: 'succeeded', output: result ? result.output : { exitCode: 0, lastLines } };
}

/** The outcome as it may be reported: an output that no event holds is put into the content store first. */
async function storedIfLarge(
  outcome: TaskOutcome,
  content: Pick<ContentClient, 'put'> | undefined,
  signal: AbortSignal,
): Promise<TaskOutcome> {
  if (!('output' in outcome) || fitsInline(outcome.output)) return outcome;
  const json = JSON.stringify(outcome.output);
  const size = `The output has ${Buffer.byteLength(json)} bytes`;
  if (!content) throw tooLarge(size, LIMITS.inlineJsonBytes);
  if (Buffer.byteLength(json) > LIMITS.contentBytes) throw tooLarge(size, LIMITS.contentBytes);
  return { kind: 'succeeded', stored: await content.put(json, 'application/json', signal) };
}

/** What another attempt would not mend. @throws everything else */
function refused(error: unknown): TaskOutcome {
  if (error instanceof ResultRefused || error instanceof FileRefused)
    return failed(error.code, error.message, error.code === 'not_delivered');
  if (error instanceof NotStored) return failed('result_not_stored', error.message);
  throw error;
}

const failed = (code: string, message: string, retryable = false): TaskOutcome => ({
  kind: 'failed',
  fault: { code, message, retryable },
});

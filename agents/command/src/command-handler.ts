import { delimiter, dirname } from 'node:path';
import { CommandInput, LIMITS } from '@agencyos/contracts';
import { NotStored, safeText, type ContentClient, type TaskContext, type TaskHandler, type TaskOutcome } from '@agencyos/agent';
import { unapprovedPath } from './files/approved-files.js';
import { FileRefused } from './files/file-refused.js';
import { storeProduced } from './files/produced-files.js';
import { unpackUses, usesFolder } from './files/used-files.js';
import { noIsolation, type Isolation, type Mount } from './isolation/isolation.js';
import { ownUser } from './isolation/own-user.js';
import { Profiles, type IsolationProfile } from './isolation/profiles.js';
import { sandboxOf } from './isolation/sandbox-of.js';
import { limitsOf, overLimit, type Limiter } from './limits/limits.js';
import { fitsInline, readResult, ResultRefused, tooLarge, type CommandResult } from './result-file.js';
import { runCommand, type CommandEnd, type GroupWatch } from './run-command.js';
import { openWorkspace, type Workspace } from './workspace.js';

export interface CommandHandlerSettings {
  /** Folder below which every attempt gets a workspace. */
  workspaces: string;
  guard: GroupWatch;
  isolation?: Isolation;
  limiter?: Limiter;
  /** What the worker's owner lets the commands of each role see. */
  profiles?: Profiles;
  /** Of the product; no command sees it. */
  dataDir?: string;
  /** Where files are, and outputs that are too large for an event. */
  content?: Pick<ContentClient, 'put' | 'get'>;
}

/** From this size on the log says how much there was, with its digest. */
const longOutputBytes = 1 << 20;

/** Does tasks whose input is a command: runs it and takes its exit code and result file as the outcome. */
export function commandHandler(settings: CommandHandlerSettings): TaskHandler {
  const { workspaces, guard, content, isolation = noIsolation, profiles = new Profiles() } = settings;
  return async (context) => {
    const input = CommandInput.safeParse(context.input);
    if (!input.success) return failed('input_invalid', 'The input names no command: {run: [program, argument…]} is wanted.');
    const { uses, produces } = input.data;
    if ((uses || produces) && !content) return failed('no_content_store', 'This worker has no content store for files.');
    const workspace = await openWorkspace(workspaces, context.task, input.data.input, context.resume);
    const { folder } = workspace;
    const { role, approvalId } = context.task;
    const profile = profiles.forRole(role);
    try {
      if (uses && content) await unpackUses(uses, folder, content, context.signal);
    } catch (error) {
      return refused(error);
    }
    if (approvalId) {
      const path = await unapprovedPath(input.data, folder, profile.folders);
      if (path !== undefined) return failed('file_not_approved', notApproved(path));
    }
    const { sandbox, home } = await sandboxOf(role, workspace, profile, {
      uid: isolation.commandLine && ownUser(role),
      workspaces,
      hidden: settings.dataDir,
    });
    const limits = limitsOf(profile.limits);
    const command = {
      argv: input.data.run,
      env: environment(context, workspace, { ...grantedBy(profile), HOME: home, ...input.data.env }),
      cwd: folder,
      sandbox,
      ...(uses && { mounts: [readOnly(usesFolder(folder))] }),
    };
    const end = await runCommand(command, {
      signal: context.signal,
      onLine: (line) => context.log(line),
      guard,
      isolation,
      limits,
      ...(settings.limiter && { limiter: settings.limiter }),
      followLease: context.followLease,
    });
    if (end.kind === 'not_started') {
      // What keeps a sandbox from being made may be over at the next attempt, or on another worker.
      return failed(end.code, end.message, end.code === 'isolation_failed');
    }
    if (end.exceeded) return failed(`${end.exceeded}_limit`, overLimit(end.exceeded, limits));
    if (end.output.bytes > longOutputBytes) context.log(`[output: ${end.output.bytes} bytes, ${end.output.digest()}]`);
    try {
      const outcome = await storedIfLarge(outcomeOf(end, await readResult(workspace.resultFile)), content, context.signal);
      if (outcome.kind !== 'succeeded' || !produces || !content) return outcome;
      return { ...outcome, artifacts: await storeProduced(produces, folder, { ...context, store: content }) };
    } catch (error) {
      return refused(error);
    }
  };
}

const readOnly = (path: string): Mount => ({ source: path, target: path, readOnly: true });

/** The variables that a profile hands on from this process's environment. */
function grantedBy({ env }: IsolationProfile): Record<string, string> {
  return Object.fromEntries(env.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));
}

/** Nothing of this process's environment is handed on but where programs are found, and what a profile grants. */
function environment(
  { task: { runId, taskId, attempt } }: TaskContext,
  { inputFile, resultFile }: Workspace,
  extra: Record<string, string>,
): Record<string, string> {
  const node = dirname(process.execPath); // `node` in a command is the one that runs this
  return {
    LANG: 'C.UTF-8',
    ...extra,
    PATH: [node, extra['PATH'] ?? process.env['PATH'] ?? '/usr/bin:/bin'].join(delimiter),
    AGENCYOS_INPUT: inputFile,
    AGENCYOS_RESULT: resultFile,
    AGENCYOS_ATTEMPT: `${runId}/${taskId}/${attempt}`,
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
  if (error instanceof ResultRefused || error instanceof FileRefused) return failed(error.code, error.message);
  if (error instanceof NotStored) return failed('result_not_stored', error.message);
  throw error;
}

const notApproved = (path: string): string =>
  `It names ${path}, which is not part of what was approved and may have changed since. Let an earlier task produce it ` +
  "and name it under uses, or let this worker's owner grant its folder read-only.";

const failed = (code: string, message: string, retryable = false): TaskOutcome => ({
  kind: 'failed',
  fault: { code, message, retryable },
});

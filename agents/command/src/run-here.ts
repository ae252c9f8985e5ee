import { delimiter, dirname } from 'node:path';
import type { CommandInput } from '@agencyos/contracts';
import type { ContentClient, TaskContext } from '@agencyos/agent';
import { unapprovedPath } from './files/approved-files.js';
import { FileRefused } from './files/file-refused.js';
import { readAllProduced, type ProducedFile } from './files/produced-files.js';
import { unpackUses, usesFolder } from './files/used-files.js';
import { noIsolation, type Isolation, type Mount } from './isolation/isolation.js';
import { ownUser } from './isolation/own-user.js';
import { Profiles, type IsolationProfile } from './isolation/profiles.js';
import { sandboxOf } from './isolation/sandbox-of.js';
import { limitsOf, type Limiter, type Limits } from './limits/limits.js';
import { readResult, type CommandResult } from './result-file.js';
import { runCommand, type CommandEnd, type GroupWatch } from './run-command.js';
import { openWorkspace } from './workspace.js';

export interface RunHereSettings {
  /** Folder below which every attempt gets a workspace. */
  workspaces: string;
  guard: GroupWatch;
  isolation?: Isolation;
  limiter?: Limiter;
  /** What the worker's owner lets the commands of each role see. */
  profiles?: Profiles;
  /** Of the product; no command sees it. */
  dataDir?: string;
  content?: Pick<ContentClient, 'get'>;
}

/** A command that has been run, wherever that was. */
export interface RanCommand {
  end: CommandEnd;
  limits: Limits;
  /** What it has left as its result. @throws ResultRefused, FileRefused */
  result(): Promise<CommandResult | undefined>;
  /** What it was to produce. @throws FileRefused, which names the file */
  produced(): Promise<ProducedFile[]>;
}

export type RunCommand = (context: TaskContext, input: CommandInput) => Promise<RanCommand>;

/** Runs commands as processes of this machine, isolated as far as it lets them. @throws FileRefused */
export function runHere(settings: RunHereSettings): RunCommand {
  const { workspaces, guard, content, isolation = noIsolation, profiles = new Profiles() } = settings;
  return async (context, input) => {
    const { uses, produces = {} } = input;
    const workspace = await openWorkspace(workspaces, context.task, input.input, context.resume);
    const { folder } = workspace;
    const { role, approvalId } = context.task;
    const profile = profiles.forRole(role);
    if (uses && content) await unpackUses(uses, folder, content, context.signal);
    const path = approvalId && (await unapprovedPath(input, folder, profile.folders));
    if (path !== undefined) throw new FileRefused('file_not_approved', notApproved(path));
    const { sandbox, home } = await sandboxOf(role, workspace, profile, {
      uid: isolation.commandLine && ownUser(role),
      workspaces,
      hidden: settings.dataDir,
    });
    const limits = limitsOf(profile.limits);
    const extra: Record<string, string> = { ...grantedBy(profile), HOME: home, ...input.env };
    // `node` in a command is the one that runs this.
    const programs = [dirname(process.execPath), extra['PATH'] ?? process.env['PATH'] ?? '/usr/bin:/bin'].join(delimiter);
    const command = {
      argv: input.run,
      env: environmentOf(context, workspace, { ...extra, PATH: programs }),
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
    const result = () => readResult(workspace.resultFile);
    return { end, limits, result, produced: () => readAllProduced(produces, folder) };
  };
}

const readOnly = (path: string): Mount => ({ source: path, target: path, readOnly: true });

/** The variables that a profile hands on from this process's environment. */
function grantedBy({ env }: IsolationProfile): Record<string, string> {
  return Object.fromEntries(env.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));
}

/** Nothing of this process's environment is handed on: only what every command is told, and what else is given. */
export function environmentOf(
  { task: { runId, taskId, attempt } }: TaskContext,
  { inputFile, resultFile }: { inputFile: string; resultFile: string },
  extra: Record<string, string>,
): Record<string, string> {
  return {
    LANG: 'C.UTF-8',
    ...extra,
    AGENCYOS_INPUT: inputFile,
    AGENCYOS_RESULT: resultFile,
    AGENCYOS_ATTEMPT: `${runId}/${taskId}/${attempt}`,
  };
}

const notApproved = (path: string): string =>
  `It names ${path}, which is not part of what was approved and may have changed since. Let an earlier task produce it ` +
  "and name it under uses, or let this worker's owner grant its folder read-only.";

import type { Api } from './api.js';
import { OutageCommands } from './outage-commands.js';
import { approveGate, firstRun, runState, startReleaseCheck, task } from './runs.js';
import type { System } from './system.js';
import { until } from './until.js';

interface Incident {
  incidentId: string;
  targetId: string;
  state: string;
  how?: string;
  sinceAt: string;
}

/** A system that has done its first run, and whose processes are killed in the middle of the next. */
export class Kills {
  private constructor(
    private readonly system: System,
    private readonly api: Api,
    private readonly repository: string,
    readonly boardId: string,
    readonly commands: OutageCommands,
  ) {}

  static async prepare(system: System, api: Api, repository: string): Promise<Kills> {
    const { boardId, runId } = await firstRun(api);
    await approveGate(api, runId);
    await runState(api, runId, 'succeeded');
    return new Kills(system, api, repository, boardId!, await OutageCommands.prepare(api, boardId!));
  }

  /** The run, a command sent meanwhile and the incident all come out right. */
  async survived(name: string): Promise<Incident> {
    const { api, system } = this;
    const runId = await startReleaseCheck(api, this.repository, this.boardId);
    await until(
      'a task is under way',
      () => task(api, runId, 'clone'),
      (row) => row !== undefined && row.state !== 'planned' && row.state !== 'ready',
    );
    const known = new Set((await this.incidents(name)).map(({ sinceAt }) => sinceAt));
    const command = await this.commands.for(name);
    const pid = await system.kill(name);
    await Promise.all([command.send(), system.replaced(name, pid)]);
    await approveGate(api, runId);
    await runState(api, runId, 'succeeded');
    await command.took();
    // A new incident, or the last one opened again because it is so recent.
    const told = await until(
      `the incident of ${name} is resolved`,
      async () =>
        (await this.incidents(name)).find(
          ({ sinceAt, state }) => !known.has(sinceAt) && (state === 'resolved' || state === 'closed'),
        ),
      (incident) => incident !== undefined,
    );
    return told!;
  }

  private async incidents(target: string): Promise<Incident[]> {
    return Object.values(await this.api.view('incidents', 'all'))
      .map((row) => row as unknown as Incident)
      .filter(({ targetId }) => targetId === target);
  }
}

import { newId } from '@agencyos/contracts';
import type { Api } from './api.js';
import { approveGate, gateWaits, runState, startRun, storeWorkflow } from './runs.js';
import { until } from './until.js';

const QUICK = `workflow: quick
title: One quick task
cards: none
tasks:
  - { id: only, title: Does nothing, role: check, run: [node, -e, ""] }
`;
const DOOR = `workflow: door
title: A gate and nothing before it
cards: none
tasks:
  - id: approve
    title: Let it pass?
    gate: { action: { kind: publish, target: door } }
  - { id: behind, title: Behind the gate, role: publisher, after: approve, run: [node, -e, ""] }
`;

/** One command of the service that is about to be away. */
export interface OutageCommand {
  /** Sends it until it is answered, always under one id. */
  send(): Promise<void>;
  /** Its effect is there, and there once. */
  took(): Promise<void>;
}

/** Commands that each meet the outage of one service. */
export class OutageCommands {
  private constructor(
    private readonly api: Api,
    private readonly boardId: string,
  ) {}

  static async prepare(api: Api, boardId: string): Promise<OutageCommands> {
    await storeWorkflow(api, 'quick', QUICK);
    await storeWorkflow(api, 'door', DOOR);
    return new OutageCommands(api, boardId);
  }

  /** Made before the kill. */
  async for(name: string): Promise<OutageCommand> {
    switch (name) {
      case 'swarm':
      case 'relay': // takes no commands: the run is known to others by what it publishes
      case 'command-1': // takes no commands: the task is done by a worker
        return this.startRun();
      case 'approvals':
        return this.vote();
      case 'healer':
        return this.setAutonomy();
      case 'gateway':
        return this.setRoles();
      default:
        return this.addCard();
    }
  }

  private addCard(): OutageCommand {
    const cardId = newId();
    const card = { cardId, title: 'Written during an outage', priority: 'normal', labels: [], assignees: [] };
    return {
      send: () => this.accepted('kanban', 'AddCards', { boardId: this.boardId, cards: [card] }),
      took: async () => {
        const rows = () => this.api.view('board', this.boardId);
        await until('the card is on the board', rows, (board) => `card/${cardId}` in board);
      },
    };
  }

  private startRun(): OutageCommand {
    const runId = newId();
    return {
      send: () => startRun(this.api, runId, 'quick', {}),
      took: async () => void (await runState(this.api, runId, 'succeeded')),
    };
  }

  private async vote(): Promise<OutageCommand> {
    const runId = newId();
    await startRun(this.api, runId, 'door', {});
    await gateWaits(this.api, runId);
    return {
      send: () => approveGate(this.api, runId),
      took: async () => void (await runState(this.api, runId, 'succeeded')),
    };
  }

  private setAutonomy(): OutageCommand {
    const [runbookId, targetId] = ['restart-service', `outage-${newId().slice(-12)}`];
    return {
      send: () => this.accepted('healer', 'SetAutonomy', { runbookId, targetId, autonomy: 'suggest', pinned: true }),
      took: async () => {
        const row = () => this.api.row('healing', 'all', `autonomy/${runbookId}~${targetId}`);
        await until('the autonomy is set', row, (autonomy) => (autonomy as { pinned?: boolean })?.pinned === true);
      },
    };
  }

  private async setRoles(): Promise<OutageCommand> {
    const userId = newId();
    const body = JSON.stringify({ userId, name: `outage-${userId.slice(-12)}`, password: newId(), roles: ['viewer'] });
    const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${await this.api.inPerson()}` };
    const added = await this.api.fetch('/api/v1/users', { method: 'POST', body, headers });
    if (!added.ok) throw new Error(`users: ${added.status} ${await added.text()}`);
    return {
      send: () => this.accepted('identity', 'SetUserRoles', { userId, roles: ['operator'] }),
      took: async () => {
        const row = () => this.api.row<{ roles: string[] }>('directory', 'all', `user/${userId}`);
        await until('the user has the roles', row, (user) => user?.roles.join() === 'operator');
      },
    };
  }

  private async accepted(context: string, type: string, data: object): Promise<void> {
    const answer = await this.api.commandUntilAnswered(context, type, data);
    if (answer.status !== 200) throw new Error(`${type}: ${JSON.stringify(answer)}`);
  }
}

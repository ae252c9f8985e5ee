import { z } from 'zod';
import { describeError } from './describe-error.js';
import type { ActionEntry, Journal } from './journal.js';
import type { Supervisor } from './supervisor.js';

/**
 * Body of `POST /restart`. `token` is the fencing token of the repair: it never falls for one process. A person's restart
 * has none, and overtakes nobody.
 */
export const RestartRequest = z.strictObject({
  name: z.string().min(1).max(63),
  actionKey: z.string().min(1).max(100),
  token: z.int().min(0).optional(),
});

export type RestartRequest = z.infer<typeof RestartRequest>;

/** What became of a request. */
export interface RequestedRestart {
  actionKey: string;
  name: string;
  outcome: 'running' | 'done' | 'failed';
  detail?: string;
}

export type RestartRefusal = 'unknown_process' | 'stale_token' | 'idempotency_conflict';

/**
 * Restarts that are asked for: each action key acts at most once, also over restarts of the supervisor, because
 * it is in the journal before anything happens.
 */
export class RestartRequests {
  private readonly actions = new Map<string, ActionEntry>();
  private readonly highestToken = new Map<string, number>();

  constructor(
    private readonly supervisor: Supervisor,
    private readonly journal: Journal,
  ) {
    for (const entry of journal.entries) if (entry.kind === 'action') this.remember(entry);
    for (const action of this.actions.values()) {
      // The supervisor ended meanwhile; its own start has started the process anew.
      if (action.outcome === 'running') this.settle(action, 'done', 'started anew with the supervisor');
    }
  }

  request({ name, actionKey, token: given }: RestartRequest): RequestedRestart | RestartRefusal {
    const known = this.actions.get(actionKey);
    if (known) return known.process === name ? present(known) : 'idempotency_conflict';
    if (!this.supervisor.has(name)) return 'unknown_process';
    const highest = this.highestToken.get(name) ?? 0;
    const token = given ?? highest;
    if (token < highest) return 'stale_token';
    const at = new Date().toISOString();
    const entry = this.journal.add({
      kind: 'action',
      process: name,
      actionKey,
      token,
      outcome: 'running',
      at,
    });
    this.remember(entry);
    void this.supervisor.restart(name, actionKey, given === undefined ? 'person' : 'healer').then(
      () => this.settle(entry, 'done'),
      (error: unknown) => this.settle(entry, 'failed', describeError(error)),
    );
    return present(entry);
  }

  outcome(actionKey: string): RequestedRestart | undefined {
    const entry = this.actions.get(actionKey);
    return entry && present(entry);
  }

  private settle({ process, actionKey, token }: ActionEntry, outcome: 'done' | 'failed', detail?: string): void {
    const at = new Date().toISOString();
    const entry = {
      kind: 'action' as const,
      process,
      actionKey,
      token,
      outcome,
      at,
      ...(detail && { detail }),
    };
    this.remember(this.journal.add(entry));
  }

  private remember(entry: ActionEntry): void {
    this.actions.set(entry.actionKey, entry);
    const highest = this.highestToken.get(entry.process) ?? 0;
    this.highestToken.set(entry.process, Math.max(highest, entry.token));
  }
}

function present({ actionKey, process, outcome, detail }: ActionEntry): RequestedRestart {
  return { actionKey, name: process, outcome, ...(detail && { detail }) };
}

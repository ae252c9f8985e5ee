import { Injectable, computed, effect, inject, signal, untracked } from '@angular/core';
import type { CommandContext, CommandData, CommandName, CommandReceipt } from '@agencyos/contracts';
import { v7 } from 'uuid';
import { PageConnection } from '../live/connection';
import { Toaster } from '../ui/toaster';
import { Api, isProblem, wordsOf } from './api';
import { OutboxShelf, type Unsent } from './outbox-shelf';
import { Session } from './session';

export interface Waiting extends Unsent {
  /** When it was done or, after a reload, taken up again, ms. */
  since: number;
  answer: Promise<CommandReceipt>;
}

/**
 * What a person did and the server has not answered yet. It is kept over a reload and goes out under its first id until
 * there is an answer, so that it has one effect however often it was sent.
 */
@Injectable({ providedIn: 'root' })
export class Outbox {
  private readonly api = inject(Api);
  private readonly session = inject(Session);
  private readonly connection = inject(PageConnection);
  private readonly toaster = inject(Toaster);
  private readonly shelf = new OutboxShelf();
  private readonly list = signal<readonly Waiting[]>([]);
  /** Commands of one context keep their order: the second move of a card says where the first has put it. */
  private readonly lines = new Map<string, Promise<unknown>>();
  private readonly sleepers = new Set<() => void>();

  /** In the order in which they were made. */
  readonly waiting = this.list.asReadonly();
  /** Nothing can be sent now. */
  readonly away = computed(() => this.connection.status().state !== 'live');

  constructor() {
    effect(() => {
      const principal = this.session.principal();
      untracked(() => this.takeUp(principal));
    });
    effect(() => {
      if (!this.away()) for (const wake of this.sleepers) wake();
    });
  }

  /**
   * Sends a command, now or as soon as the server answers again.
   * @throws ProblemError when the server refuses
   */
  command<T extends CommandName>(
    context: CommandContext<T>,
    type: T,
    data: CommandData<T>,
    id: string = v7(),
  ): Promise<CommandReceipt> {
    const unsent: Unsent = { id, context, type, data, principal: this.session.principal() ?? '' };
    this.shelf.put(unsent);
    return this.queue(unsent);
  }

  private queue(unsent: Unsent): Promise<CommandReceipt> {
    const before = this.lines.get(unsent.context) ?? Promise.resolve();
    const answer = before.then(() => this.send(unsent));
    this.lines.set(
      unsent.context,
      answer.catch(() => undefined),
    );
    this.list.update((list) => [...list, { ...unsent, since: Date.now(), answer }]);
    return answer;
  }

  private async send(unsent: Unsent): Promise<CommandReceipt> {
    const { context, type, data, id, principal } = unsent;
    try {
      for (let attempt = 1; ; attempt += 1) {
        if (principal !== (this.session.principal() ?? '')) throw new SignedOut();
        try {
          const receipt = await this.api.command(context, type, data, id);
          this.shelf.remove(principal, id);
          return receipt;
        } catch (error) {
          if (isFinal(error)) {
            this.shelf.remove(principal, id);
            throw error;
          }
          await this.sleep(Math.random() * Math.min(4_000, 200 * 2 ** attempt));
        }
      }
    } finally {
      this.list.update((list) => list.filter((one) => one.id !== id));
    }
  }

  /** What a page before this one has left; a refusal is told here, since nobody else waits for the answer. */
  private takeUp(principal: string | undefined): void {
    if (!principal) return;
    const known = new Set(this.list().map(({ id }) => id));
    for (const unsent of this.shelf.of(principal)) {
      if (known.has(unsent.id)) continue;
      this.queue(unsent).catch((error: unknown) => {
        if (isProblem(error))
          this.toaster.show({ tone: 'refused', text: wordsOf(error), detail: error.code });
      });
    }
  }

  /** A moment; less when the connection comes back meanwhile. */
  private sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.sleepers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      this.sleepers.add(wake);
    });
  }
}

/** It stays on the shelf until the same person is back. */
class SignedOut extends Error {
  constructor() {
    super('You were signed out. It is sent when you are back.');
  }
}

/** No answer, a busy server, or a session that ended meanwhile: the same may succeed later. */
const isFinal = (error: unknown) => isProblem(error) && ![401, 429, 502, 503, 504].includes(error.status);

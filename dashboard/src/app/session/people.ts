import { Injectable, effect, inject, signal, untracked } from '@angular/core';
import type { UserNames } from '@agencyos/contracts';
import { Api } from './api';
import { Session } from './session';

export interface Person {
  principal: string;
  name: string;
}

/** The names of people, asked for when somebody is shown whose name is not known yet. */
@Injectable({ providedIn: 'root' })
export class People {
  private readonly api = inject(Api);
  private readonly session = inject(Session);
  private readonly list = signal<readonly Person[]>([]);
  /** Not asked about again: whoever left is in no list. */
  private readonly asked = new Set<string>();
  readonly everybody = this.list.asReadonly();

  constructor() {
    effect(() => {
      if (this.session.principal()) return;
      this.asked.clear();
      this.list.set([]);
    });
  }

  nameOf(principal: string): string | undefined {
    const found = this.list().find((person) => person.principal === principal)?.name;
    if (found === undefined && principal.startsWith('user:')) untracked(() => this.ask(principal));
    return found;
  }

  /** Everybody who is there now. */
  load(): void {
    void this.fetch();
  }

  private ask(principal: string): void {
    if (this.asked.has(principal) || !this.session.may('approval:read')) return;
    this.asked.add(principal);
    void this.fetch();
  }

  private async fetch(): Promise<void> {
    try {
      const { users } = await this.api.get<UserNames>('/api/v1/users');
      this.list.set(users.map(({ userId, name }) => ({ principal: `user:${userId}`, name })));
    } catch {
      // People are shown by the end of their id then.
    }
  }
}

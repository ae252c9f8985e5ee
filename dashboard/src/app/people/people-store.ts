import { Injectable, effect, inject, signal, untracked } from '@angular/core';
import type { NewLink, NewUser, PeopleList, UserRole, WaitingVote, WaitingVotes } from '@agencyos/contracts';
import { liveView } from '../live/live-client';
import { Api, wordsOf } from '../session/api';
import { People } from '../session/people';

/** Everybody, asked for anew whenever a fact about them comes: names and sessions are rows, which no view tells of. */
@Injectable()
export class PeopleStore {
  private readonly api = inject(Api);
  private readonly names = inject(People);
  private readonly directory = liveView('directory', 'all');
  private readonly listSignal = signal<PeopleList | undefined>(undefined);
  private readonly failedSignal = signal('');
  readonly list = this.listSignal.asReadonly();
  /** Why nothing is shown. */
  readonly failed = this.failedSignal.asReadonly();

  constructor() {
    effect(() => {
      this.directory()?.revision();
      untracked(() => void this.load());
    });
  }

  async load(): Promise<void> {
    try {
      this.listSignal.set(await this.api.get<PeopleList>('/api/v1/people'));
      this.failedSignal.set('');
    } catch (error) {
      this.failedSignal.set(wordsOf(error));
    }
  }

  async add(name: string, roles: UserRole[]): Promise<NewLink> {
    const { link } = await this.api.post<NewUser>('/api/v1/users', { name, roles });
    this.names.load();
    await this.load();
    return link!;
  }

  async newLink(userId: string): Promise<NewLink> {
    const link = await this.api.post<NewLink>(`/api/v1/users/${userId}/link`, {});
    await this.load();
    return link;
  }

  async waiting(userId: string): Promise<WaitingVote[]> {
    return (await this.api.get<WaitingVotes>(`/api/v1/users/${userId}/waiting`)).approvals;
  }
}

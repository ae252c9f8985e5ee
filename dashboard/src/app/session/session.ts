import { Injectable, computed, inject, signal } from '@angular/core';
import type { Me, Permission } from '@agencyos/contracts';
import { PageConnection } from '../live/connection';
import { LiveClient } from '../live/live-client';
import { Api, isProblem } from './api';

const RETRY_MS = 2_000;

const isRefusal = (error: unknown) => isProblem(error) && error.status >= 400 && error.status < 500;

/** Who looks at the page. The cookie is the server's; the page only knows what `/me` tells. */
@Injectable({ providedIn: 'root' })
export class Session {
  private readonly api = inject(Api);
  private readonly connection = inject(PageConnection);
  private readonly live = inject(LiveClient);
  private readonly meSignal = signal<Me | undefined>(undefined);
  private readonly unreachableSignal = signal(false);
  readonly me = this.meSignal.asReadonly();
  /** The server does not answer, so nobody knows yet who looks at the page. */
  readonly unreachable = this.unreachableSignal.asReadonly();
  readonly principal = computed(() => this.me()?.principal);
  readonly name = computed(() => this.me()?.user?.name ?? '');

  may(permission: Permission): boolean {
    return this.me()?.permissions.includes(permission) ?? false;
  }

  /** True when somebody is logged in. Asks the server until it answers. */
  async resume(): Promise<boolean> {
    while (!this.me()) {
      try {
        this.begin(await this.api.get<Me>('/api/v1/me'));
        this.unreachableSignal.set(false);
      } catch (error) {
        this.unreachableSignal.set(!isRefusal(error));
        if (isRefusal(error)) return false;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
    return true;
  }

  async logIn(name: string, password: string): Promise<void> {
    await this.api.post('/api/v1/login', { name, password });
    this.begin(await this.api.get<Me>('/api/v1/me'));
  }

  /** A one-time link, of the first start or of somebody who was added: sets their password and logs in. */
  async setUp(door: 'setup' | 'welcome', token: string, password: string): Promise<void> {
    await this.api.post(`/api/v1/${door}`, { token, password });
    this.begin(await this.api.get<Me>('/api/v1/me'));
  }

  async logOut(): Promise<void> {
    await this.api.post('/api/v1/logout', {}).catch(() => undefined);
    this.end();
  }

  end(): void {
    this.connection.close();
    this.live.forget();
    // What was asked for before the program came was answered to this person.
    globalThis.agencyosAsked?.clear();
    this.meSignal.set(undefined);
  }

  private begin(me: Me): void {
    this.meSignal.set(me);
    this.connection.open();
  }
}

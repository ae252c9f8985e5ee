import { Dialog } from '@angular/cdk/dialog';
import { ChangeDetectionStrategy, Component, computed, inject, signal } from '@angular/core';
import type { SessionList, TokenList } from '@agencyos/contracts';
import { Api, wordsOf } from '../session/api';
import { passwordStrength } from '../session/pure/password-strength';
import { Session } from '../session/session';
import { PageClock } from '../ui/clock';
import { confirm } from '../ui/confirm-dialog';
import { ErrorPanel } from '../ui/error-panel';
import { ago, exact, words } from '../ui/pure/format';
import { Skeleton } from '../ui/skeleton';
import { Toaster } from '../ui/toaster';
import { NewTokenForm } from './new-token-form';
import { deviceOf } from './pure/device-of';
import { tokenName } from './pure/token-name';

/** One's own access: the password, where one is signed in, the tokens of one's scripts. */
@Component({
  selector: 'ao-account-page',
  imports: [ErrorPanel, NewTokenForm, Skeleton],
  templateUrl: './account-page.html',
  styleUrl: './account-page.css',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class AccountPage {
  private readonly api = inject(Api);
  private readonly dialog = inject(Dialog);
  private readonly toaster = inject(Toaster);
  private readonly clock = inject(PageClock);
  protected readonly session = inject(Session);
  protected readonly exact = exact;
  protected readonly tokenName = tokenName;
  protected readonly deviceOf = deviceOf;
  protected readonly roles = computed(() => this.session.me()?.user?.roles.map(words).join(', ') ?? '');
  protected readonly sessions = signal<SessionList['sessions'] | undefined>(undefined);
  protected readonly tokens = signal<TokenList['tokens'] | undefined>(undefined);
  protected readonly failed = signal('');
  protected readonly hasOthers = computed(() => this.sessions()?.some(({ current }) => !current) ?? false);

  protected readonly password = signal('');
  protected readonly strength = computed(() => passwordStrength(this.password()));
  protected readonly refused = signal('');
  protected readonly sending = signal(false);

  constructor() {
    void this.load();
  }

  protected async load(): Promise<void> {
    try {
      const [{ sessions }, { tokens }] = await Promise.all([
        this.api.get<SessionList>('/api/v1/sessions'),
        this.api.get<TokenList>('/api/v1/tokens'),
      ]);
      this.sessions.set(sessions);
      this.tokens.set(tokens);
      this.failed.set('');
    } catch (error) {
      this.failed.set(wordsOf(error));
    }
  }

  protected ago(at: string | undefined): string {
    return at ? ago(at, this.clock.now()) : 'never';
  }

  protected async changePassword(event: Event, present: HTMLInputElement, endOthers: boolean): Promise<void> {
    event.preventDefault();
    if (this.sending() || !this.strength().enough) return;
    this.sending.set(true);
    this.refused.set('');
    try {
      await this.api.post('/api/v1/password', {
        present: present.value,
        password: this.password(),
        endOthers,
      });
      present.value = '';
      this.password.set('');
      this.toaster.show({ tone: 'plain', text: 'The new password holds from now on' });
      await this.load();
    } catch (error) {
      this.refused.set(wordsOf(error));
    } finally {
      this.sending.set(false);
    }
  }

  protected end(sessionId: string): Promise<void> {
    return this.remove(`/api/v1/sessions/${sessionId}`);
  }

  protected endOthers(): Promise<void> {
    return this.remove('/api/v1/sessions');
  }

  protected async revoke(tokenId: string, label: string): Promise<void> {
    const question = {
      title: `Revoke the token ${label}?`,
      text: 'What uses it stops, and it does not come back.',
      action: 'Revoke',
      danger: true,
    };
    if (await confirm(this.dialog, question)) await this.remove(`/api/v1/tokens/${tokenId}`, tokenId);
  }

  private async remove(path: string, tokenId?: string): Promise<void> {
    try {
      await this.api.request(path, { method: 'DELETE' });
      await this.load();
      // The fact is read a moment later.
      this.tokens.update((tokens) => tokens?.filter((token) => token.tokenId !== tokenId));
    } catch (error) {
      this.toaster.show({ tone: 'refused', text: wordsOf(error) });
    }
  }
}

import { Clipboard } from '@angular/cdk/clipboard';
import { ChangeDetectionStrategy, Component, computed, inject, output, signal } from '@angular/core';
import type { Permission } from '@agencyos/contracts';
import { Api, wordsOf } from '../session/api';
import { Session } from '../session/session';
import { Icon } from '../ui/icon';
import { toggled } from '../ui/pure/toggled';
import { Toaster } from '../ui/toaster';

const DAY_MS = 86_400_000;
/** For clocks that differ. */
const MINUTE_MS = 60_000;

/** Makes a token of one's own, and shows it: now, and never again. */
@Component({
  selector: 'ao-new-token-form',
  imports: [Icon],
  templateUrl: './new-token-form.html',
  styleUrl: './account-page.css',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class NewTokenForm {
  private readonly api = inject(Api);
  private readonly clipboard = inject(Clipboard);
  private readonly toaster = inject(Toaster);
  private readonly session = inject(Session);
  readonly made = output();
  protected readonly permissions = computed(() => this.session.me()?.permissions ?? []);
  protected readonly chosen = signal<readonly string[]>([]);
  protected readonly secret = signal('');
  protected readonly refused = signal('');
  protected readonly sending = signal(false);

  protected toggle(permission: string): void {
    this.chosen.update((list) => toggled(list, permission));
  }

  protected async submit(event: Event, label: string, days: string): Promise<void> {
    event.preventDefault();
    if (this.sending()) return;
    this.sending.set(true);
    this.refused.set('');
    const expiresAt = new Date(Date.now() + Number(days) * DAY_MS - MINUTE_MS).toISOString();
    const permissions = this.chosen() as Permission[];
    try {
      const { token } = await this.api.post<{ token: string }>('/api/v1/tokens', {
        label: label.trim(),
        permissions,
        expiresAt,
      });
      this.secret.set(token);
      this.chosen.set([]);
      this.made.emit();
    } catch (error) {
      this.refused.set(wordsOf(error));
    } finally {
      this.sending.set(false);
    }
  }

  protected copy(): void {
    this.clipboard.copy(this.secret());
    this.toaster.show({ tone: 'plain', text: 'Token copied' });
  }
}

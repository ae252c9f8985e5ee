import { ChangeDetectionStrategy, Component, inject, input, linkedSignal, signal } from '@angular/core';
import type { WaitingDevice } from '@agencyos/contracts';
import { clock } from '../ui/pure/format';
import { Api, isProblem, wordsOf } from './api';
import { Session } from './session';

/** `agencyos login --device` asked; the person who is signed in here says whether it was them. */
@Component({
  selector: 'ao-device-page',
  templateUrl: './device-page.html',
  styleUrl: './entry.css',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class DevicePage {
  private readonly api = inject(Api);
  protected readonly session = inject(Session);
  /** From the address that the command line printed. */
  readonly code = input<string>();
  protected readonly typed = linkedSignal(() => this.code() ?? '');
  protected readonly waiting = signal<WaitingDevice | undefined>(undefined);
  protected readonly answered = signal<'confirmed' | 'denied' | undefined>(undefined);
  protected readonly sending = signal(false);
  protected readonly refused = signal('');

  protected look(event: Event): Promise<void> {
    event.preventDefault();
    const code = encodeURIComponent(this.typed().trim().toUpperCase());
    return this.send(async () =>
      this.waiting.set(await this.api.get<WaitingDevice>(`/api/v1/device/${code}`)),
    );
  }

  protected answer(code: string, confirm: boolean): Promise<void> {
    return this.send(async () => {
      await this.api.post('/api/v1/device/answer', { code, confirm });
      this.answered.set(confirm ? 'confirmed' : 'denied');
    });
  }

  protected readonly time = clock;

  private async send(request: () => Promise<void>): Promise<void> {
    if (this.sending()) return;
    this.sending.set(true);
    this.refused.set('');
    try {
      await request();
    } catch (error) {
      const malformed = isProblem(error) && error.code === 'malformed_id';
      this.refused.set(malformed ? 'A code looks like BCDF-GHJK.' : wordsOf(error));
    } finally {
      this.sending.set(false);
    }
  }
}

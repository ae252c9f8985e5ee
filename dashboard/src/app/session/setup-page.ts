import {
  ChangeDetectionStrategy,
  Component,
  type ElementRef,
  afterNextRender,
  computed,
  inject,
  signal,
  viewChild,
} from '@angular/core';
import { Router } from '@angular/router';
import { passwordStrength } from './pure/password-strength';
import { Session } from './session';
import { wordsOf } from './api';

@Component({
  selector: 'ao-setup-page',
  templateUrl: './setup-page.html',
  styleUrl: './entry.css',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class SetupPage {
  private readonly first = viewChild<ElementRef<HTMLInputElement>>('first');
  private readonly session = inject(Session);
  private readonly router = inject(Router);
  private readonly token = tokenOf(location);
  /** Somebody whom an administrator has added, rather than the first administrator. */
  protected readonly invited = location.pathname === '/welcome';

  protected readonly password = signal('');
  protected readonly sending = signal(false);
  protected readonly refused = signal('');
  protected readonly strength = computed(() => passwordStrength(this.password()));
  protected readonly hasToken = this.token !== '';
  protected readonly steps = [1, 2, 3, 4];

  constructor() {
    // The link is a secret: it stays neither in the address bar nor in the history.
    if (this.hasToken) history.replaceState(history.state, '', location.pathname);
    afterNextRender(() => this.first()?.nativeElement.focus());
  }

  protected async submit(event: Event): Promise<void> {
    event.preventDefault();
    if (!this.strength().enough || this.sending()) return;
    this.sending.set(true);
    this.refused.set('');
    try {
      await this.session.setUp(this.invited ? 'welcome' : 'setup', this.token, this.password());
      await this.router.navigateByUrl('/');
    } catch (error) {
      this.refused.set(wordsOf(error)); // whether it was used or replaced, and what then helps
    } finally {
      this.sending.set(false);
    }
  }
}

function tokenOf({ hash, search }: Location): string {
  return hash.slice(1) || (new URLSearchParams(search).get('token') ?? '');
}

import {
  ChangeDetectionStrategy,
  Component,
  type ElementRef,
  afterNextRender,
  inject,
  input,
  signal,
  viewChild,
} from '@angular/core';
import { Router } from '@angular/router';
import { isProblem, wordsOf } from './api';
import { Session } from './session';

@Component({
  selector: 'ao-login-page',
  templateUrl: './login-page.html',
  styleUrl: './entry.css',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class LoginPage {
  private readonly first = viewChild<ElementRef<HTMLInputElement>>('first');
  private readonly session = inject(Session);
  private readonly router = inject(Router);
  /** Where the visitor wanted to go. */
  readonly next = input<string>();
  protected readonly sending = signal(false);
  protected readonly refused = signal('');

  constructor() {
    afterNextRender(() => this.first()?.nativeElement.focus());
  }

  protected async submit(event: Event, name: string, password: string): Promise<void> {
    event.preventDefault();
    if (this.sending()) return;
    this.sending.set(true);
    this.refused.set('');
    try {
      await this.session.logIn(name.trim(), password);
      await this.router.navigateByUrl(local(this.next()));
    } catch (error) {
      const wrong = isProblem(error) && error.status === 401;
      this.refused.set(wrong ? 'Name or password is wrong.' : wordsOf(error));
    } finally {
      this.sending.set(false);
    }
  }
}

/** Only a path of this site: a link may carry any `next`. */
function local(next: string | undefined): string {
  return next && /^\/(?![/\\])/.test(next) ? next : '/';
}

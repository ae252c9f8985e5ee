import { DIALOG_DATA, DialogRef } from '@angular/cdk/dialog';
import { ChangeDetectionStrategy, Component, inject, signal } from '@angular/core';
import type { NewLink, UserRole } from '@agencyos/contracts';
import { wordsOf } from '../session/api';
import { Choices } from './choices';
import { LinkBox } from './link-box';
import type { PeopleStore } from './people-store';
import { ROLES } from './pure/roles';

/** Adds somebody, and shows their link: now, and never again. */
@Component({
  selector: 'ao-new-person-dialog',
  imports: [Choices, LinkBox],
  template: `
    @if (link(); as link) {
      <h2 id="new-person-title">{{ name() }} is added</h2>
      <ao-link-box [link]="link" />
      <div class="dialog-actions">
        <button type="button" class="btn btn-ink" (click)="ref.close()">Done</button>
      </div>
    } @else {
      <h2 id="new-person-title">Add a person</h2>
      <form (submit)="submit($event)">
        <label class="field">
          <span>Name for signing in</span>
          <input
            class="input"
            name="name"
            autocomplete="off"
            autocapitalize="none"
            spellcheck="false"
            maxlength="63"
            required
            cdkFocusInitial
            [value]="name()"
            (input)="name.set($any($event.target).value.trim().toLowerCase())"
          />
        </label>
        <ao-choices legend="Roles" [all]="all" [(chosen)]="roles" />
        @if (refused()) {
          <p class="field-error" role="alert">{{ refused() }}</p>
        }
        <div class="dialog-actions">
          <button type="button" class="btn" (click)="ref.close()">Cancel</button>
          <button
            type="submit"
            class="btn btn-ink"
            [disabled]="sending() || name() === '' || roles().length === 0"
          >
            Add person
          </button>
        </div>
      </form>
    }
  `,
  styleUrl: './dialog-form.css',
  host: { class: 'dialog' },
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class NewPersonDialog {
  protected readonly ref = inject(DialogRef);
  private readonly store = inject<PeopleStore>(DIALOG_DATA);
  protected readonly all = ROLES;
  protected readonly name = signal('');
  protected readonly roles = signal<UserRole[]>(['operator']);
  protected readonly link = signal<NewLink | undefined>(undefined);
  protected readonly sending = signal(false);
  protected readonly refused = signal('');

  protected async submit(event: Event): Promise<void> {
    event.preventDefault();
    if (this.sending()) return;
    this.sending.set(true);
    this.refused.set('');
    try {
      this.link.set(await this.store.add(this.name(), this.roles()));
    } catch (error) {
      this.refused.set(wordsOf(error));
    } finally {
      this.sending.set(false);
    }
  }
}

import { DIALOG_DATA, DialogRef } from '@angular/cdk/dialog';
import { ChangeDetectionStrategy, Component, computed, inject, signal } from '@angular/core';
import type { PersonInfo, UserRole } from '@agencyos/contracts';
import { wordsOf } from '../session/api';
import { Outbox } from '../session/outbox';
import { Choices } from './choices';
import type { PeopleStore } from './people-store';
import { ROLES } from './pure/roles';

/** Roles and groups of one person. */
@Component({
  selector: 'ao-person-dialog',
  imports: [Choices],
  template: `
    <h2 id="person-title">{{ data.person.name }}</h2>
    <form (submit)="submit($event)">
      <ao-choices legend="Roles" [all]="all" [(chosen)]="roles" />
      @if (known().length > 0) {
        <ao-choices legend="Groups" ids [all]="known()" [(chosen)]="groups" />
      }
      @if (refused()) {
        <p class="field-error" role="alert">{{ refused() }}</p>
      }
      <div class="dialog-actions">
        <button type="button" class="btn" cdkFocusInitial (click)="ref.close()">Cancel</button>
        <button type="submit" class="btn btn-ink" [disabled]="sending() || roles().length === 0">Save</button>
      </div>
    </form>
  `,
  styleUrl: './dialog-form.css',
  host: { class: 'dialog' },
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class PersonDialog {
  protected readonly ref = inject(DialogRef);
  protected readonly data = inject<{ person: PersonInfo; store: PeopleStore }>(DIALOG_DATA);
  private readonly outbox = inject(Outbox);
  protected readonly all = ROLES;
  protected readonly known = computed(() =>
    (this.data.store.list()?.groups ?? []).map(({ groupId, name }) => ({
      value: groupId,
      name,
      means: groupId,
    })),
  );
  protected readonly roles = signal<UserRole[]>(this.data.person.roles);
  protected readonly groups = signal<string[]>(this.data.person.groups);
  protected readonly sending = signal(false);
  protected readonly refused = signal('');

  protected async submit(event: Event): Promise<void> {
    event.preventDefault();
    if (this.sending()) return;
    this.sending.set(true);
    this.refused.set('');
    const { userId, groups: before } = this.data.person;
    try {
      await this.outbox.command('identity', 'SetUserRoles', { userId, roles: this.roles() });
      for (const { value: groupId } of this.known()) {
        if (before.includes(groupId) === this.groups().includes(groupId)) continue;
        const [add, remove] = before.includes(groupId) ? [[], [userId]] : [[userId], []];
        await this.outbox.command('identity', 'ChangeGroupMembers', { groupId, add, remove });
      }
      this.ref.close();
    } catch (error) {
      this.refused.set(wordsOf(error));
    } finally {
      this.sending.set(false);
    }
  }
}

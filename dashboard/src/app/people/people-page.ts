import { Dialog } from '@angular/cdk/dialog';
import { CdkMenu, CdkMenuItem, CdkMenuTrigger } from '@angular/cdk/menu';
import { ChangeDetectionStrategy, Component, computed, inject, signal } from '@angular/core';
import type { NewLink, PersonInfo, Text } from '@agencyos/contracts';
import { Api, wordsOf } from '../session/api';
import { Outbox } from '../session/outbox';
import { Avatar } from '../ui/avatar';
import { PageClock } from '../ui/clock';
import { confirm } from '../ui/confirm-dialog';
import { ErrorPanel } from '../ui/error-panel';
import { Glyph, type State } from '../ui/glyph';
import { Icon } from '../ui/icon';
import { ago, exact, plural, words } from '../ui/pure/format';
import { Skeleton } from '../ui/skeleton';
import { Toaster } from '../ui/toaster';
import { LinkBox } from './link-box';
import { NewPersonDialog } from './new-person-dialog';
import { PeopleStore } from './people-store';
import { PersonDialog } from './person-dialog';
import { waitingWords } from './pure/waiting-words';

const STATES: Record<PersonInfo['state'], { glyph: State; word: string }> = {
  active: { glyph: 'ready', word: 'Active' },
  invited: { glyph: 'waiting', word: 'Invited' },
  disabled: { glyph: 'cancelled', word: 'Disabled' },
};

/** Who may sign in, and what they may do. */
@Component({
  selector: 'ao-people-page',
  imports: [Avatar, CdkMenu, CdkMenuItem, CdkMenuTrigger, ErrorPanel, Glyph, Icon, LinkBox, Skeleton],
  providers: [PeopleStore],
  templateUrl: './people-page.html',
  styleUrl: './people-page.css',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class PeoplePage {
  private readonly dialog = inject(Dialog);
  private readonly api = inject(Api);
  private readonly outbox = inject(Outbox);
  private readonly toaster = inject(Toaster);
  private readonly clock = inject(PageClock);
  protected readonly store = inject(PeopleStore);
  protected readonly exact = exact;
  protected readonly words = words;
  /** A new link of somebody who was added before. */
  protected readonly link = signal<{ name: string; link: NewLink } | undefined>(undefined);

  protected readonly people = computed(() =>
    (this.store.list()?.people ?? []).map((person) => ({
      ...person,
      principal: `user:${person.userId}`,
      look: STATES[person.state],
      rights: person.roles.map(words).join(', '),
    })),
  );
  protected readonly groups = computed(() =>
    (this.store.list()?.groups ?? []).map((group) => ({
      ...group,
      members: this.people().filter(({ groups }) => groups.includes(group.groupId)),
    })),
  );
  protected readonly sub = computed(() => {
    const count = (state: PersonInfo['state']) => this.people().filter((one) => one.state === state).length;
    return [
      plural(count('active'), 'active', 'active'),
      ...(count('invited') ? [`${count('invited')} invited`] : []),
      ...(count('disabled') ? [`${count('disabled')} disabled`] : []),
    ];
  });

  protected ago(at: string): string {
    return ago(at, this.clock.now());
  }

  protected add(): void {
    this.open(NewPersonDialog, this.store, 'new-person-title');
  }

  protected edit(person: PersonInfo): void {
    this.open(PersonDialog, { person, store: this.store }, 'person-title');
  }

  protected invite({ userId, name }: PersonInfo): Promise<void> {
    return this.told(async () => this.link.set({ name, link: await this.store.newLink(userId) }));
  }

  /** Says before and afterwards what waits for this person's vote. */
  protected disable({ userId, name }: PersonInfo): Promise<void> {
    return this.told(async () => {
      const waiting = waitingWords(await this.store.waiting(userId));
      const question = {
        title: `Disable ${name}?`,
        text: `${name} is signed out everywhere within seconds, with their tokens and the agents they answer for. ${waiting}`,
        action: 'Disable',
        danger: true,
      };
      if (!(await confirm(this.dialog, question))) return;
      await this.outbox.command('identity', 'DisableUser', { userId });
      this.toaster.show({ tone: 'plain', text: `${name} is disabled. ${waiting}` });
    });
  }

  protected enable({ userId }: PersonInfo): Promise<void> {
    return this.told(() => this.outbox.command('identity', 'EnableUser', { userId }));
  }

  protected async endSessions({ userId, name }: PersonInfo): Promise<void> {
    await this.told(async () => {
      await this.outbox.command('identity', 'RevokeSessions', { userId });
      this.toaster.show({ tone: 'plain', text: `${name} is signed out everywhere` });
    });
  }

  protected async revokeTokens({ name, tokens }: PersonInfo): Promise<void> {
    const question = {
      title: `Revoke all tokens of ${name}?`,
      text: `${plural(tokens.length, 'token')}: ${tokens.map(({ label }) => label).join(', ')}. What uses them stops.`,
      action: 'Revoke',
      danger: true,
    };
    if (!(await confirm(this.dialog, question))) return;
    await this.told(async () => {
      for (const { tokenId } of tokens)
        await this.api.request(`/api/v1/tokens/${tokenId}`, { method: 'DELETE' });
    });
  }

  protected addGroup(event: Event, input: HTMLInputElement): Promise<void> {
    event.preventDefault();
    const name = input.value.trim();
    const groupId = name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '');
    if (groupId === '') return Promise.resolve();
    return this.told(async () => {
      await this.outbox.command('identity', 'AddGroup', { groupId, name: name as Text });
      input.value = '';
    });
  }

  protected async removeGroup({ groupId, name }: { groupId: string; name: string }): Promise<void> {
    const question = {
      title: `Remove the group ${name}?`,
      text: 'Its members stay; what names the group names nobody any more.',
      action: 'Remove',
      danger: true,
    };
    if (!(await confirm(this.dialog, question))) return;
    await this.told(() => this.outbox.command('identity', 'RemoveGroup', { groupId }));
  }

  private async told(act: () => Promise<unknown>): Promise<void> {
    try {
      await act();
    } catch (error) {
      this.toaster.show({ tone: 'refused', text: wordsOf(error) });
    }
  }

  private open(
    component: typeof NewPersonDialog | typeof PersonDialog,
    data: object,
    ariaLabelledBy: string,
  ) {
    this.dialog.open(component as typeof NewPersonDialog, {
      data,
      panelClass: 'dialog-panel',
      backdropClass: 'dialog-scrim',
      ariaLabelledBy,
    });
  }
}

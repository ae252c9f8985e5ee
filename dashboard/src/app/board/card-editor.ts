import {
  ChangeDetectionStrategy,
  Component,
  ElementRef,
  afterNextRender,
  computed,
  inject,
  input,
  output,
  signal,
} from '@angular/core';
import type { CardRow } from '@agencyos/contracts';
import { isFinished } from '@agencyos/contracts/moves';
import { wordsOf } from '../session/api';
import { Outbox } from '../session/outbox';
import { People } from '../session/people';
import { principalLook } from '../ui/principal';
import { Toaster } from '../ui/toaster';
import { BoardStore, type CardChange } from './board-store';
import { splitLabels } from './pure/labels';

export type EditField = 'title' | 'priority' | 'labels' | 'assignees';

/** What people say of a card: title, priority, labels, who it is for. The rest follows from where it stands. */
@Component({
  selector: 'ao-card-editor',
  templateUrl: './card-editor.html',
  styleUrl: './card-editor.css',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class CardEditor {
  private readonly store = inject(BoardStore);
  private readonly outbox = inject(Outbox);
  private readonly people = inject(People);
  private readonly toaster = inject(Toaster);
  private readonly lookOf = principalLook();
  readonly card = input.required<CardRow>();
  /** Where the focus goes. */
  readonly field = input<EditField>('title');
  readonly closed = output();

  protected readonly sending = signal(false);
  protected readonly refused = signal('');
  /** Title and assignees belong to the work that the card mirrors while that goes on. */
  protected readonly follows = computed(() => {
    const card = this.card();
    return isFinished(card) ? undefined : card.source?.kind;
  });
  /** Everybody who can be chosen, and whoever is assigned already. */
  protected readonly choices = computed(() => {
    const known = this.people.everybody().map(({ principal }) => principal);
    const all = new Set<string>([...known, ...this.card().assignees]);
    return [...all].map((principal) => ({
      principal,
      name: this.lookOf(principal).name,
      assigned: this.card().assignees.some((assignee) => assignee === principal),
    }));
  });

  constructor() {
    this.people.load();
    const element = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
    afterNextRender(() => {
      const field = element.querySelector<HTMLElement>(`[data-field=${this.field()}]:not(:disabled)`);
      (field ?? element.querySelector<HTMLElement>('[data-field=priority]'))?.focus();
    });
  }

  protected async save(event: Event, title: string, priority: string, labels: string): Promise<void> {
    event.preventDefault();
    if (this.sending()) return;
    const form = event.target as HTMLFormElement;
    const chosen = new FormData(form).getAll('assignee').map(String);
    const answer = this.store.edit(this.card(), {
      priority,
      labels: splitLabels(labels),
      ...(!this.follows() && { title: title.trim() || this.card().title, assignees: chosen }),
    } as CardChange);
    if (this.outbox.away()) {
      answer.catch((error: unknown) => this.toaster.show({ tone: 'refused', text: wordsOf(error) }));
      this.closed.emit();
      return;
    }
    this.sending.set(true);
    try {
      await answer;
      this.closed.emit();
    } catch (error) {
      this.refused.set(wordsOf(error));
    } finally {
      this.sending.set(false);
    }
  }
}

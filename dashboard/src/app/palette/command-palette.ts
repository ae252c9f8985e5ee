import { ActiveDescendantKeyManager, type Highlightable } from '@angular/cdk/a11y';
import { DialogRef } from '@angular/cdk/dialog';
import { createGlobalPositionStrategy, type GlobalPositionStrategy } from '@angular/cdk/overlay';
import {
  ChangeDetectionStrategy,
  Component,
  Directive,
  ElementRef,
  Injector,
  computed,
  effect,
  inject,
  input,
  signal,
  untracked,
  viewChildren,
} from '@angular/core';
import { Glyph } from '../ui/glyph';
import { Icon } from '../ui/icon';
import { paletteEntries, type PaletteEntry } from './palette-entries';

@Directive({
  selector: '[aoOption]',
  host: { role: 'option', '[attr.aria-selected]': 'active()', '[id]': 'id()' },
})
export class PaletteOption implements Highlightable {
  private readonly element = inject<ElementRef<HTMLElement>>(ElementRef);
  readonly entry = input.required<PaletteEntry>({ alias: 'aoOption' });
  readonly id = computed(() => `option-${this.entry().id}`);
  protected readonly active = signal(false);
  disabled = false;

  setActiveStyles(): void {
    this.active.set(true);
    this.element.nativeElement.scrollIntoView({ block: 'nearest' });
  }

  setInactiveStyles(): void {
    this.active.set(false);
  }
}

/** Finds pages, boards, runs, requests and actions by a few letters. */
@Component({
  selector: 'ao-command-palette',
  imports: [Glyph, Icon, PaletteOption],
  templateUrl: './command-palette.html',
  styleUrl: './command-palette.css',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class CommandPalette {
  private readonly ref = inject(DialogRef);
  private readonly injector = inject(Injector);
  private readonly all = paletteEntries();
  protected readonly options = viewChildren(PaletteOption);
  protected readonly query = signal('');
  protected readonly activeId = signal<string | null>(null);
  private readonly keys = new ActiveDescendantKeyManager(this.options, this.injector).withWrap();

  protected readonly groups = computed(() => {
    const terms = this.query().toLowerCase().split(/\s+/).filter(Boolean);
    const groups = new Map<string, PaletteEntry[]>();
    for (const entry of this.all()) {
      const text = `${entry.label} ${entry.note ?? ''}`.toLowerCase();
      // A list of some cards helps nobody; one that was looked for does.
      if (entry.group === 'Cards' && terms.length === 0) continue;
      if (!terms.every((term) => text.includes(term))) continue;
      const list = groups.get(entry.group) ?? [];
      if (list.length < 8) groups.set(entry.group, [...list, entry]);
    }
    return [...groups].map(([name, entries]) => ({ name, entries }));
  });

  constructor() {
    this.keys.change.subscribe(() => this.activeId.set(this.keys.activeItem?.id() ?? null));
    effect(() => {
      this.query();
      const found = this.options().length > 0;
      // What the manager reads while it sets an item is not what the first one depends on.
      untracked(() => (found ? this.keys.setFirstItemActive() : this.keys.setActiveItem(-1)));
    });
  }

  static position(injector: Injector): GlobalPositionStrategy {
    return createGlobalPositionStrategy(injector).centerHorizontally().top('13vh');
  }

  protected pressed(event: KeyboardEvent): void {
    if (event.key === 'Enter') {
      event.preventDefault();
      const chosen = this.keys.activeItem;
      if (chosen) this.choose(chosen.entry());
    } else this.keys.onKeydown(event);
  }

  protected choose(entry: PaletteEntry): void {
    this.ref.close();
    entry.run();
  }
}

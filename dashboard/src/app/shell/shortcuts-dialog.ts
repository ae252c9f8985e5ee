import { DialogRef } from '@angular/cdk/dialog';
import { ChangeDetectionStrategy, Component, computed, inject } from '@angular/core';
import { Shortcuts, type Shortcut } from './shortcuts';

@Component({
  selector: 'ao-shortcuts-dialog',
  template: `
    <h2 id="shortcuts-title">Keyboard shortcuts</h2>
    @for (group of groups(); track group.name) {
      <h3 class="subhead">{{ group.name }}</h3>
      <dl>
        @for (shortcut of group.shortcuts; track shortcut.words) {
          <div>
            <dt>{{ shortcut.words }}</dt>
            <dd>
              @for (key of keysOf(shortcut); track $index) {
                <kbd>{{ key }}</kbd>
              }
            </dd>
          </div>
        }
      </dl>
    }
    <label class="switch">
      <input type="checkbox" [checked]="shortcuts.singleKeys()" (change)="switch($event)" />
      Shortcuts of a single key
    </label>
    <div class="dialog-actions"><button type="button" class="btn" (click)="ref.close()">Close</button></div>
  `,
  styles: `
    dl {
      display: grid;
      gap: 2px;
    }
    dl div {
      display: flex;
      align-items: center;
      justify-content: space-between;
      min-height: 26px;
    }
    .switch {
      display: flex;
      align-items: center;
      gap: var(--space-2);
      margin-top: var(--space-4);
    }
  `,
  host: { class: 'dialog' },
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class ShortcutsDialog {
  protected readonly shortcuts = inject(Shortcuts);
  protected readonly ref = inject(DialogRef);
  protected readonly groups = computed(() => {
    const groups = new Map<string, Shortcut[]>();
    for (const shortcut of this.shortcuts.shortcuts()) {
      groups.set(shortcut.group, [...(groups.get(shortcut.group) ?? []), shortcut]);
    }
    return [...groups].map(([name, list]) => ({ name, shortcuts: list }));
  });

  protected keysOf({ keys: [first = ''] }: Shortcut): string[] {
    return first.split(/[ +]/).map((key) => (key.length === 1 ? key.toUpperCase() : key));
  }

  protected switch(event: Event): void {
    this.shortcuts.switchSingleKeys((event.target as HTMLInputElement).checked);
  }
}

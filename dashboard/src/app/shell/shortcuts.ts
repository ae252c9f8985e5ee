import { DOCUMENT, DestroyRef, Injectable, inject, signal } from '@angular/core';

export interface Shortcut {
  /** `g b`, `j`, `Shift+r`, `?`, `Ctrl+k`; several spellings do the same. */
  keys: string[];
  /** Verb first, as in the menus. */
  words: string;
  group: string;
  /** False = the key goes on to whoever else wants it. */
  run: (event: KeyboardEvent) => boolean | void;
}

const STORAGE_KEY = 'agencyos.single-keys';
/** How long the first key of a sequence waits for the second, ms. */
const SEQUENCE_MS = 1_200;

/** The keyboard map. Single keys rest while somebody types, and can be switched off (WCAG 2.1.4). */
@Injectable({ providedIn: 'root' })
export class Shortcuts {
  private readonly list = signal<readonly Shortcut[]>([]);
  private readonly enabledSignal = signal(readEnabled());
  private pending = '';
  private pendingSince = 0;
  readonly shortcuts = this.list.asReadonly();
  readonly singleKeys = this.enabledSignal.asReadonly();

  constructor() {
    inject(DOCUMENT).addEventListener('keydown', (event) => this.pressed(event));
  }

  add(shortcuts: Shortcut[]): () => void {
    this.list.update((all) => [...all, ...shortcuts]);
    return () => this.list.update((all) => all.filter((shortcut) => !shortcuts.includes(shortcut)));
  }

  switchSingleKeys(on: boolean): void {
    this.enabledSignal.set(on);
    try {
      localStorage.setItem(STORAGE_KEY, on ? 'on' : 'off');
    } catch {
      // Without storage the choice lasts until the page is left.
    }
  }

  private pressed(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.isComposing || event.altKey) return;
    const held = event.ctrlKey || event.metaKey;
    if (!held && (!this.enabledSignal() || isTyping(event.target) || isDialogOpen())) return;
    const stroke = strokeOf(event, held);
    const sequence = Date.now() - this.pendingSince < SEQUENCE_MS ? `${this.pending} ${stroke}` : '';
    this.pending = stroke;
    this.pendingSince = Date.now();
    const wanted = [sequence, stroke].filter(Boolean);
    for (const keys of wanted) {
      // The page's own shortcuts come after the shell's, and win.
      for (const shortcut of [...this.list()].reverse()) {
        if (!shortcut.keys.includes(keys) || shortcut.run(event) === false) continue;
        event.preventDefault();
        this.pending = '';
        return;
      }
    }
  }
}

/** Adds the shortcuts for the life of the calling component. Must be called in an injection context. */
export function shortcuts(list: Shortcut[]): void {
  inject(DestroyRef).onDestroy(inject(Shortcuts).add(list));
}

function strokeOf({ key, shiftKey }: KeyboardEvent, held: boolean): string {
  const name = key.length === 1 ? key.toLowerCase() : key;
  // A shifted sign is the sign (`?`), a shifted letter says so (`Shift+r`).
  const shifted = shiftKey && (key.length > 1 || key.toLowerCase() !== key.toUpperCase());
  return `${held ? 'Ctrl+' : ''}${shifted ? 'Shift+' : ''}${name}`;
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}

/** Dialogs and menus have keys of their own. */
const isDialogOpen = () =>
  document.querySelector('.cdk-overlay-container [role=dialog], .cdk-overlay-container [role=menu]') !== null;

function readEnabled(): boolean {
  try {
    return localStorage.getItem(STORAGE_KEY) !== 'off';
  } catch {
    return true;
  }
}

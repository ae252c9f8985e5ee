import { DOCUMENT, Injectable, inject, signal } from '@angular/core';

export type ThemeName = 'light' | 'dark';

const STORAGE_KEY = 'agencyos.theme';
const CANVAS: Record<ThemeName, string> = { light: '#f5f6f9', dark: '#0c0e12' };

/** first.js has set the attribute before the first paint; here it is switched. */
@Injectable({ providedIn: 'root' })
export class Theme {
  private readonly document = inject(DOCUMENT);
  private readonly nameSignal = signal<ThemeName>(this.root.dataset['theme'] === 'dark' ? 'dark' : 'light');
  readonly name = this.nameSignal.asReadonly();

  constructor() {
    this.paintBrowser(this.name());
  }

  toggle(): void {
    const next: ThemeName = this.name() === 'dark' ? 'light' : 'dark';
    // Colours never fade while the theme switches.
    this.root.dataset['still'] = '';
    this.root.dataset['theme'] = next;
    this.paintBrowser(next);
    this.nameSignal.set(next);
    requestAnimationFrame(() => requestAnimationFrame(() => delete this.root.dataset['still']));
    try {
      localStorage.setItem(STORAGE_KEY, next);
    } catch {
      // Without storage the choice lasts until the page is left.
    }
  }

  private get root(): HTMLElement {
    return this.document.documentElement;
  }

  private paintBrowser(name: ThemeName): void {
    this.document.querySelector('meta[name=theme-color]')?.setAttribute('content', CANVAS[name]);
  }
}

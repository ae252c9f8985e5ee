import { Injectable, signal } from '@angular/core';

/** What somebody has written and not sent, by what it is about: coming back finds it, also over a reload of the tab. */
@Injectable({ providedIn: 'root' })
export class Drafts {
  private readonly texts = signal<ReadonlyMap<string, string>>(new Map());

  of(about: string): string {
    return this.texts().get(about) ?? read(about);
  }

  write(about: string, text: string): void {
    this.texts.update((texts) => new Map(texts).set(about, text));
    keep(about, text);
  }

  discard(about: string): void {
    this.write(about, '');
  }
}

const keyOf = (about: string) => `agencyos.draft/${about}`;

function read(about: string): string {
  try {
    return sessionStorage.getItem(keyOf(about)) ?? '';
  } catch {
    return '';
  }
}

function keep(about: string, text: string): void {
  try {
    if (text) sessionStorage.setItem(keyOf(about), text);
    else sessionStorage.removeItem(keyOf(about));
  } catch {
    // Without storage it is kept as long as the page is open.
  }
}

import { Injectable, inject, signal } from '@angular/core';
import { NavigationEnd, Router } from '@angular/router';
import { filter } from 'rxjs';
import { isMissingPart, reloadOnce } from './reload-once';

/** How often the server is asked whether it is back, ms. */
const AGAIN_MS = 2_000;

/**
 * A navigation to a page whose part of the program cannot be loaded. While the server is away the visitor stays where
 * they are, for a reload would end in the browser's error page; the page opens by itself when the server is back.
 */
@Injectable({ providedIn: 'root' })
export class MissingPart {
  private readonly router = inject(Router);
  private readonly wantedSignal = signal<string | undefined>(undefined);
  private timer?: ReturnType<typeof setTimeout>;
  /** Where the visitor wants to go as soon as the server answers. */
  readonly wanted = this.wantedSignal.asReadonly();

  constructor() {
    this.router.events.pipe(filter((event) => event instanceof NavigationEnd)).subscribe(() => {
      clearTimeout(this.timer);
      this.wantedSignal.set(undefined);
    });
  }

  async failed(error: unknown, url: string): Promise<void> {
    if (!isMissingPart(error)) {
      console.error(error);
      return;
    }
    // Where the server answers and the part is still not there, it is gone: an upgrade.
    if (await isServerThere()) {
      this.wantedSignal.set(undefined);
      reloadOnce(url);
      return;
    }
    this.wantedSignal.set(url);
    this.retryLater();
  }

  async retryNow(): Promise<void> {
    const url = this.wanted();
    if (url === undefined) return;
    if (await isServerThere()) await this.router.navigateByUrl(url);
    else this.retryLater();
  }

  private retryLater(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.retryNow(), AGAIN_MS);
  }
}

async function isServerThere(): Promise<boolean> {
  try {
    return (await fetch('/first.js', { method: 'HEAD', cache: 'no-store' })).ok;
  } catch {
    return false;
  }
}

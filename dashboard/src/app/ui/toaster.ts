import { LiveAnnouncer } from '@angular/cdk/a11y';
import { Injectable, inject, signal } from '@angular/core';

export interface Toast {
  id: number;
  tone: 'plain' | 'refused';
  text: string;
  /** Code and request id, small. */
  detail?: string;
  action?: { label: string; run: () => void };
}

/** Short notes at the foot of the page; spoken too. */
@Injectable({ providedIn: 'root' })
export class Toaster {
  private readonly announcer = inject(LiveAnnouncer);
  private readonly list = signal<readonly Toast[]>([]);
  private last = 0;
  readonly toasts = this.list.asReadonly();

  show(toast: Omit<Toast, 'id'>): void {
    const id = ++this.last;
    this.list.update((toasts) => [...toasts.slice(-2), { ...toast, id }]);
    void this.announcer.announce(toast.text, toast.tone === 'refused' ? 'assertive' : 'polite');
    setTimeout(() => this.dismiss(id), toast.tone === 'refused' ? 12_000 : 6_000);
  }

  dismiss(id: number): void {
    this.list.update((toasts) => toasts.filter((toast) => toast.id !== id));
  }
}

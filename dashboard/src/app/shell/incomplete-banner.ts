import { ChangeDetectionStrategy, Component, computed, inject } from '@angular/core';
import { LiveClient } from '../live/live-client';
import { Icon } from '../ui/icon';

/** What the views are called on the pages. */
const NAMES: Record<string, string> = {
  board: 'This board',
  boards: 'The list of boards',
  run: 'This run',
  'run-list': 'The list of runs',
  approval: 'This approval',
  inbox: 'The inbox',
  services: 'Operations',
  incidents: 'Incidents',
  agents: 'The list of agents',
};

/** Says that what is shown lacks facts that could not be shown, and from where on. */
@Component({
  selector: 'ao-incomplete-banner',
  imports: [Icon],
  template: `
    @for (view of views(); track view.key) {
      <div class="banner banner-stale" role="status">
        <ao-icon name="warn" />
        <p>
          <b>{{ view.name }} is incomplete.</b> What was recorded at position {{ view.since }} could not be
          shown, and later changes may be missing. An operator finds it with <code>agencyos parked</code>.
        </p>
      </div>
    }
  `,
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class IncompleteBanner {
  private readonly client = inject(LiveClient);
  /** One line for each kind: of several at once, the earliest. */
  protected readonly views = computed(() => {
    const earliest = new Map<string, number>();
    for (const { kind, incompleteSince } of this.client.incomplete()) {
      earliest.set(kind, Math.min(earliest.get(kind) ?? Infinity, incompleteSince()!));
    }
    return [...earliest].map(([kind, since]) => ({
      key: kind,
      name: NAMES[kind] ?? `The view ${kind}`,
      since,
    }));
  });
}

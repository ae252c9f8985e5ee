import { ChangeDetectionStrategy, Component, computed, inject, input, signal } from '@angular/core';
import type { IncidentRow } from '@agencyos/contracts';
import { PageClock } from '../ui/clock';
import { age, clock, duration, exact, shortId } from '../ui/pure/format';
import { Glyph, type State } from '../ui/glyph';
import { incidentPhases, incidentSentence } from './pure/incident-phases';

const OVER = new Set(['resolved', 'closed']);
const SHOWN = 30;

const GLYPHS: Record<IncidentRow['state'], State> = {
  open: 'failed',
  responding: 'healing',
  escalated: 'waiting',
  resolved: 'done',
  closed: 'done',
};

@Component({
  selector: 'ao-incident-list',
  imports: [Glyph],
  templateUrl: './incident-list.html',
  styleUrl: './incident-list.css',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class IncidentList {
  private readonly clockNow = inject(PageClock);
  readonly incidents = input.required<IncidentRow[]>();
  protected readonly onlyOpen = signal(false);
  protected readonly openCount = computed(
    () => this.incidents().filter(({ state }) => !OVER.has(state)).length,
  );
  protected readonly rows = computed(() =>
    this.incidents()
      .filter(({ state }) => !this.onlyOpen() || !OVER.has(state))
      .slice(0, SHOWN)
      .map((incident) => {
        const going = !OVER.has(incident.state);
        const now = going ? this.clockNow.now() : 0;
        const began = Date.parse(incident.sinceAt ?? incident.detectedAt);
        return {
          ...incident,
          going,
          glyph: GLYPHS[incident.state] ?? 'warn',
          number: shortId(incident.incidentId),
          total: duration((incident.resolvedAt ? Date.parse(incident.resolvedAt) : now) - began),
          when: incident.state === 'responding' ? 'now' : age(incident.detectedAt, this.clockNow.now()),
          phases: incidentPhases(incident, now),
          sentence: incidentSentence(incident),
        };
      }),
  );
  protected readonly exact = exact;
  protected readonly clock = clock;
}

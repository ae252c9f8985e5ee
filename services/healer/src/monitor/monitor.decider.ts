import type { MonitorCommand, MonitorEvent } from '@agencyos/contracts';
import { ids } from '@agencyos/contracts';
import { type Command, type Decider, rejection } from '@agencyos/decider';
import { z } from 'zod';
import { between } from '../time.js';

type Published = Extract<MonitorEvent, { type: 'MonitorPublished' }>['data'];
type ReportTransition = Extract<MonitorCommand, { type: 'ReportTransition' }>;

export interface Monitor {
  published?: Published;
  /** Breaches so far; the next one's id derives from it. */
  breaches: number;
  open?: { breachId: string; sinceAt: string; instances: readonly string[]; among?: number; window: string };
  lostSince?: string;
}

/** What breach ids derive from, beside the monitor. */
export interface MonitorLookup {
  installationId: string;
}

/** Objective of an availability monitor: so many heartbeats missed are a breach. */
const AvailabilityObjective = z.object({ value: z.object({ missed: z.int().min(1).max(100) }) });

export const monitorDecider: Decider<MonitorCommand, Monitor, MonitorEvent> = {
  initialState: { breaches: 0 },

  decide(command, monitor) {
    switch (command.type) {
      case 'PublishMonitor': {
        const { data } = command;
        if (data.kind === 'availability' && !AvailabilityObjective.safeParse(data.objective).success) {
          const detail = 'An availability monitor needs objective.value.missed, 1 to 100.';
          throw rejection(command, 'objective_invalid', { detail, field: 'objective' });
        }
        const { published } = monitor;
        // A service seeds what is missing; what people changed since stays.
        if (published && command.metadata.actor.startsWith('service:')) return [];
        if (published && JSON.stringify(published) === JSON.stringify({ ...data, version: published.version })) return [];
        return [{ type: 'MonitorPublished', data: { ...data, version: (published?.version ?? 0) + 1 } }];
      }
      case 'ReportTransition':
        return reportTransition(command, monitor);
    }
  },

  evolve(monitor, event) {
    switch (event.type) {
      case 'MonitorPublished':
        return { ...monitor, published: event.data };
      case 'MonitorBreached': {
        const { breachId, sinceAt, instances, among, window } = event.data;
        const open = { breachId, sinceAt, instances, ...(among && { among }), window };
        return { ...monitor, breaches: monitor.breaches + 1, open };
      }
      case 'MonitorCleared':
        return { ...monitor, open: undefined };
      case 'MonitorDataLost':
        return { ...monitor, lostSince: event.data.sinceAt };
      case 'MonitorDataReturned':
        return { ...monitor, lostSince: undefined };
    }
  },
};

/** Breach and clear alternate, so do loss and return of data; a report of what is already so changes nothing. */
function reportTransition(command: Command<ReportTransition>, { published, breaches, open, lostSince }: Monitor): MonitorEvent[] {
  const { data, prepared } = command;
  const { now } = command.metadata;
  const { monitorId, sinceAt, value, threshold, window, instances, among } = data;
  if (!published) throw rejection(command, 'not_found', { detail: `No monitor ${monitorId}.` });
  const { targetId, severity } = published;
  switch (data.state) {
    case 'breached': {
      if (open) return [];
      const breachId = ids.breach((prepared as MonitorLookup).installationId, monitorId, breaches + 1);
      const measured = { value: value ?? 0, threshold: threshold ?? 0, window: window ?? '' };
      return [
        {
          type: 'MonitorBreached',
          data: { monitorId, breachId, targetId, severity, ...measured, sinceAt, instances, ...(among && { among }) },
        },
      ];
    }
    case 'clear': {
      if (!open) return [];
      const { breachId } = open;
      // Good since then; a report without a later time of its own means "now".
      const lastedMs = between(open.sinceAt, sinceAt > open.sinceAt ? sinceAt : now);
      return [
        {
          type: 'MonitorCleared',
          data: { monitorId, breachId, targetId, severity, value: value ?? 0, lastedMs },
        },
      ];
    }
    case 'no_data':
      return lostSince ? [] : [{ type: 'MonitorDataLost', data: { monitorId, sinceAt } }];
    case 'data':
      return lostSince ? [{ type: 'MonitorDataReturned', data: { monitorId, lostMs: between(lostSince, now) } }] : [];
  }
}

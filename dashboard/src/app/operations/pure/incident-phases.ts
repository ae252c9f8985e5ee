import type { IncidentRow } from '@agencyos/contracts';
import { duration } from '../../ui/pure/format';

export interface Phase {
  kind: 'detected' | 'repair' | 'verified' | 'failed' | 'waits';
  name: string;
  time: string;
  /** Relative width. */
  weight: number;
  /** Still going on. */
  now: boolean;
}

/** Smallest share of the bar, so that a short phase can still be read. */
const LEAST = 0.16;

/** The bar of an incident: detected, acted on, verified; hatched where it came back or waits for a person. */
export function incidentPhases(incident: IncidentRow, now: number): Phase[] {
  const { sinceAt, detectedAt, openedAt, respondedAt, actedAt, resolvedAt, escalation, runbookId, how } =
    incident;
  const phases: Omit<Phase, 'weight' | 'time'>[] = [];
  const spans: number[] = [];
  const add = (kind: Phase['kind'], name: string, from: string, to: string | undefined) => {
    phases.push({ kind, name, now: to === undefined });
    spans.push(Math.max(0, (to ? Date.parse(to) : now) - Date.parse(from)));
  };
  const handled = respondedAt ?? escalation?.at ?? (resolvedAt && openedAt);
  add('detected', 'detected', sinceAt ?? detectedAt, handled);
  if (respondedAt) {
    const failed = escalation && !resolvedAt;
    const end = actedAt ?? (failed ? escalation.at : resolvedAt);
    add(failed ? 'failed' : 'repair', runbookId ?? 'response', respondedAt, end);
    if (actedAt && !escalation) add('verified', resolvedAt ? 'verified' : 'verifying', actedAt, resolvedAt);
  } else if (resolvedAt) {
    add('verified', how === 'itself' ? 'cleared by itself' : 'resolved', openedAt, resolvedAt);
  }
  if (escalation)
    add(
      resolvedAt ? 'verified' : 'waits',
      resolvedAt ? 'resolved' : 'waits for a person',
      escalation.at,
      resolvedAt,
    );
  const total = spans.reduce((sum, span) => sum + span, 0) || 1;
  return phases.map((phase, index) => {
    const span = spans[index] ?? 0;
    return { ...phase, time: duration(span), weight: Math.max(LEAST, span / total) };
  });
}

const ESCALATION_WORDS: Record<string, string> = {
  no_runbook: 'No runbook fits it.',
  repair_failed: 'The repair did not help.',
  recurred: 'The repair worked and the fault returned.',
  declined: 'The repair was declined.',
  impaired: 'Too much failed at once for an automatic repair.',
};

/** One sentence on how it went. */
export function incidentSentence(incident: IncidentRow): string {
  const { state, how, runbookId, escalation, targetId } = incident;
  const tries = incident.try ?? 1;
  if (escalation && state === 'escalated')
    return `${ESCALATION_WORDS[escalation.why] ?? 'It needs a person.'} It waits for a person.`;
  if (how === 'itself') return `${targetId} came back by itself.`;
  if (how === 'person') return 'A person resolved it.';
  const nth = tries > 1 ? `, try ${tries}` : '';
  if (how === 'repair') return `Runbook ${runbookId ?? 'unknown'}, automatic${nth}. Verified.`;
  return runbookId ? `Runbook ${runbookId} is at work${nth}.` : 'Detected; no repair has started yet.';
}

import type { Action, PolicyRow, PolicyRules } from '@agencyos/contracts';
import { type Refusable, rejection } from '@agencyos/decider';

export interface ActivePolicy {
  policyId: string;
  version: number;
  rules: PolicyRules;
}

const STRICTNESS = { low: 0, medium: 1, high: 2, critical: 3 };

/**
 * The policy named, if it covers the action; else the strictest active one that does. Nothing is approved without one.
 * @throws Rejection `no_policy`
 */
export function selectPolicy(
  command: Refusable<'no_policy'>,
  policies: readonly PolicyRow[],
  action: Action,
  policyId?: string,
): ActivePolicy {
  const [chosen] = policies
    .filter((policy) => policyId === undefined || policy.policyId === policyId)
    .flatMap(activeOf)
    .filter(({ rules }) => covers(rules, action))
    .toSorted((a, b) => STRICTNESS[b.rules.risk] - STRICTNESS[a.rules.risk] || (a.policyId < b.policyId ? -1 : 1));
  if (chosen) return chosen;
  const which = policyId === undefined ? 'No active policy' : `The policy ${policyId} is not active or not made for it: nothing`;
  const detail = `${which} covers ${action.kind} of ${action.target}.`;
  const field = policyId === undefined ? 'action.kind' : 'policyId';
  throw rejection(command, 'no_policy', { field, detail });
}

function activeOf({ policyId, version, active, rules, activeRules }: PolicyRow): ActivePolicy[] {
  if (active === version) return [{ policyId, version, rules }];
  return activeRules ? [{ policyId, version: active, rules: activeRules }] : [];
}

function covers({ kinds, targets }: PolicyRules, { kind, target }: Action): boolean {
  return kinds.includes(kind) && targets.some((pattern) => matches(pattern, target));
}

/** `*` stands for any characters, everything else for itself. Linear in the target's length for each star. */
export function matches(pattern: string, target: string): boolean {
  const [head = '', ...rest] = pattern.split('*');
  if (!target.startsWith(head)) return false;
  if (rest.length === 0) return target === head;
  const tail = rest.pop() as string;
  let at = head.length;
  for (const part of rest) {
    const found = target.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return target.length - tail.length >= at && target.endsWith(tail);
}

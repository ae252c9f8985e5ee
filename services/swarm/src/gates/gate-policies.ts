import { subjects, type PolicyRow, type Problem, type ViewPage } from '@agencyos/contracts';
import { pause, type Bus } from '@agencyos/runtime';
import type { GateAction } from '../kinds/gate/gates-of.js';

// Together well below the time after which a sender repeats its command.
const ANSWER_MS = 2_000;
/** A policy that was activated just now may not be in the view yet. */
const PATIENCE_MS = 800;

/** What of a gate a policy covers; its target is known only when the gate is reached. */
interface ActivePolicy {
  policyId: string;
  kinds: readonly string[];
}

/** Asks approvals whether there is a policy for each gate, before the steps that lead to it are done for nothing. */
export class GatePolicies {
  constructor(
    private readonly bus: Pick<Bus, 'request'>,
    private readonly patienceMs = PATIENCE_MS,
  ) {}

  /** The gates that nobody could ever approve, and why. Nobody answering is none: the gate itself fails closed. */
  async missing<G extends GateAction>(gates: readonly G[]): Promise<{ gate: G; why: string }[]> {
    if (gates.length === 0) return [];
    const deadline = performance.now() + this.patienceMs;
    for (;;) {
      const active = await this.active().catch(() => undefined);
      const missing = active ? gates.flatMap((gate) => sentence(gate, active).map((why) => ({ gate, why }))) : [];
      if (missing.length === 0 || performance.now() > deadline) return missing;
      await pause(100);
    }
  }

  /** @throws when approvals does not answer */
  private async active(): Promise<ActivePolicy[]> {
    const found: ActivePolicy[] = [];
    for (let after: string | undefined; ;) {
      const page = await this.bus.request<ViewPage | { problem: Problem }>(
        subjects.query('approvals', 'policy', 'swarm'),
        { id: 'all', ...(after !== undefined && { after }) },
        ANSWER_MS,
      );
      if ('problem' in page) throw new Error(page.problem.title);
      for (const row of Object.values(page.rows)) found.push(...activeOf(row as PolicyRow));
      if (page.next === undefined) return found;
      after = page.next;
    }
  }
}

function activeOf({ policyId, version, active, rules, activeRules }: PolicyRow): ActivePolicy[] {
  const inForce = active === version ? rules : activeRules;
  return inForce ? [{ policyId, kinds: inForce.kinds }] : [];
}

function sentence({ name, kind, policyId }: GateAction, active: ActivePolicy[]): string[] {
  const covering = active.filter((policy) => policy.kinds.includes(kind));
  if (policyId === undefined) {
    if (covering.length > 0) return [];
    return [`no active policy covers "${kind}", the action of the gate ${name}: nobody could approve it`];
  }
  if (covering.some((policy) => policy.policyId === policyId)) return [];
  const why = active.some((policy) => policy.policyId === policyId) ? `does not cover "${kind}"` : 'is not there or not active';
  return [`the policy "${policyId}" of the gate ${name} ${why}: nobody could approve it`];
}

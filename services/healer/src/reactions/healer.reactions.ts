import type { Reactions } from '@agencyos/runtime';
import { act } from './act.reactions.js';
import { breach } from './breach.reactions.js';
import { conclude } from './conclude.reactions.js';
import { healerFact, type React } from './facts.js';
import { permit } from './permit.reactions.js';
import { respond } from './respond.reactions.js';
import type { Situation } from './situation.js';
import { verify } from './verify.reactions.js';

const ALL: readonly React[] = [breach, respond, permit, act, verify, conclude];

/** Own facts, straight from the log: the healer heals relay and NATS too. */
export function healerReactions(situation: Situation): Reactions {
  return {
    name: 'healer-reactions',
    source: 'log',
    categories: ['target', 'monitor', 'incident', 'repair'],
    react: async (fact) => (await Promise.all(ALL.map((react) => react(healerFact(fact), situation)))).flat(),
  };
}

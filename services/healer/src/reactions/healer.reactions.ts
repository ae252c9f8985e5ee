import { incidentEvents, monitorEvents, repairEvents, targetEvents } from '@agencyos/contracts';
import { defineReactions, reactingTo } from '@agencyos/runtime';
import { act } from './act.reactions.js';
import { breach } from './breach.reactions.js';
import { conclude } from './conclude.reactions.js';
import type { React } from './facts.js';
import { permit } from './permit.reactions.js';
import { respond } from './respond.reactions.js';
import type { Situation } from './situation.js';
import { verify } from './verify.reactions.js';

const ALL: readonly React[] = [breach, respond, permit, act, verify, conclude];

/** Own facts, straight from the log: the healer heals relay and NATS too. */
export const healerReactions = (situation: Situation) =>
  defineReactions('healer-reactions', 'log', [
    reactingTo([targetEvents, monitorEvents, incidentEvents, repairEvents], async (fact) =>
      (await Promise.all(ALL.map((react) => react(fact, situation)))).flat(),
    ),
  ]);

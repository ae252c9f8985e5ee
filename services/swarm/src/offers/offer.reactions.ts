import { runEvents } from '@agencyos/contracts';
import { defineReactions, reactingTo } from '@agencyos/runtime';
import type { OfferDesk } from './offer-desk.js';

/** Tells the workers of a role that there is work. A hint: who may do it is decided by the claim. */
export const offerReactions = (desk: OfferDesk) =>
  defineReactions('offers', 'log', [
    reactingTo([runEvents], async (fact) => {
      await desk.handle(fact);
      return [];
    }),
  ]);

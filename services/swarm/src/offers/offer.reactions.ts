import type { Fact, RunEvent } from '@agencyos/contracts';
import type { Reactions } from '@agencyos/runtime';
import type { OfferDesk } from './offer-desk.js';

/** Tells the workers of a role that there is work. A hint: who may do it is decided by the claim. */
export const offerReactions = (desk: OfferDesk): Reactions => ({
  name: 'offers',
  source: 'log',
  categories: ['run'],
  async react(fact) {
    await desk.handle(fact as Fact & RunEvent);
    return [];
  },
});

import { boardEvents, type CardSource, type CardWish, type PublishedCommand } from '@agencyos/contracts';
import { defineReactions, reactingTo } from '@agencyos/runtime';

/**
 * What a person asked for by dragging a mirrored card goes to the owner of the work, on the person's behalf. The card
 * follows when the owner's facts say so; a refusal is shown on the card.
 */
export const cardActs = defineReactions('card-acts', 'log', [
  reactingTo([boardEvents], (fact) => {
    if (fact.type !== 'CardActionRequested') return [];
    const { boardId, cardId, requestId, wants, source, seenSourceRevision } = fact.data;
    const declined = (code: string): PublishedCommand => ({
      type: 'DeclineCardAction',
      data: { boardId, cardId, requestId, code },
    });
    const command = commandFor(wants, source, seenSourceRevision);
    if (!command) return [{ name: 'card-acts', command: declined('not_available') }];
    return [
      {
        name: 'card-acts',
        command: { ...command, onBehalfOf: fact.metadata.actor },
        ifRefused: ({ code }) => [declined(code)],
      },
    ];
  }),
]);

/** `undefined`: no owner takes such a wish yet (claim, finish, acknowledge). */
function commandFor(wants: CardWish, source: CardSource, seenRevision: number): PublishedCommand | undefined {
  switch (source.kind) {
    case 'task': {
      const { runId, taskId } = source;
      if (wants === 'requeue') return { type: 'RequeueTask', data: { runId, taskId, seenRevision } };
      return wants === 'cancel' ? { type: 'CancelTask', data: { runId, taskId, seenRevision } } : undefined;
    }
    case 'run':
      return wants === 'cancel' ? { type: 'CancelRun', data: { runId: source.runId } } : undefined;
    case 'incident':
      return wants === 'resolve'
        ? { type: 'ResolveIncident', data: { incidentId: source.incidentId, how: 'person' } }
        : undefined;
  }
}

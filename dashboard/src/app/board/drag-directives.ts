import { draggable, dropTargetForElements } from '@atlaskit/pragmatic-drag-and-drop/element/adapter';
import { disableNativeDragPreview } from '@atlaskit/pragmatic-drag-and-drop/element/disable-native-drag-preview';
import { DestroyRef, Directive, ElementRef, afterNextRender, inject, input } from '@angular/core';
import type { CardRow } from '@agencyos/contracts';
import { Session } from '../session/session';
import { BoardDrag } from './board-drag';

/** A card that can be lifted by the pointer. The page draws its own preview, so that it can say why a column refuses. */
@Directive({ selector: '[aoLiftable]' })
export class Liftable {
  readonly card = input.required<CardRow>({ alias: 'aoLiftable' });

  constructor() {
    const element = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
    const drag = inject(BoardDrag);
    const session = inject(Session);
    const destroyed = inject(DestroyRef);
    afterNextRender(() => {
      let hold = { holdX: 0, holdY: 0 };
      const stop = draggable({
        element,
        canDrag: () => session.may('board:write'),
        onGenerateDragPreview: ({ nativeSetDragImage, location }) => {
          disableNativeDragPreview({ nativeSetDragImage });
          const { left, top } = element.getBoundingClientRect();
          const { clientX, clientY } = location.current.input;
          hold = { holdX: clientX - left, holdY: clientY - top };
        },
        onDragStart: () => {
          const { width, height } = element.getBoundingClientRect();
          drag.lift({ card: this.card(), width, height, ...hold });
        },
      });
      destroyed.onDestroy(stop);
    });
  }
}

/** A column as a place to drop: finds the card that the line would stand above. */
@Directive({ selector: '[aoLandingColumn]' })
export class LandingColumn {
  readonly columnId = input.required<string>({ alias: 'aoLandingColumn' });

  constructor() {
    const element = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
    const drag = inject(BoardDrag);
    const destroyed = inject(DestroyRef);
    afterNextRender(() => {
      const hover = (clientY: number) =>
        drag.hover({
          columnId: this.columnId(),
          beforeId: cardBelow(element, clientY, drag.lifted()?.card.cardId),
        });
      const stop = dropTargetForElements({
        element,
        onDragEnter: ({ location }) => hover(location.current.input.clientY),
        onDrag: ({ location }) => hover(location.current.input.clientY),
      });
      destroyed.onDestroy(stop);
    });
  }
}

/** The first card whose middle is below the pointer. */
function cardBelow(column: HTMLElement, clientY: number, exceptId: string | undefined): string | undefined {
  for (const card of column.querySelectorAll<HTMLElement>('[data-card-id]')) {
    const cardId = card.dataset['cardId'];
    const { top, height } = card.getBoundingClientRect();
    if (cardId !== exceptId && clientY < top + height / 2) return cardId;
  }
  return undefined;
}

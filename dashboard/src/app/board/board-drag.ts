import { monitorForElements } from '@atlaskit/pragmatic-drag-and-drop/element/adapter';
import { DestroyRef, Injectable, computed, inject, signal } from '@angular/core';
import type { CardRow } from '@agencyos/contracts';
import { BoardStore } from './board-store';
import { dropOutcome, type DropOutcome } from './pure/move-rules';

export interface Lifted {
  card: CardRow;
  width: number;
  height: number;
  /** Where the pointer holds the card, px from its corner. */
  holdX: number;
  holdY: number;
}

export interface Landing {
  columnId: string;
  /** The card under the line; the column's end without one. */
  beforeId?: string | undefined;
}

/** A drop shows in the next frame, ms. */
const LANDING_MS = 50;

/** The one drag of a board: what is lifted, where the pointer is, where it would land and what that would do. */
@Injectable()
export class BoardDrag {
  private readonly store = inject(BoardStore);
  private readonly liftedSignal = signal<Lifted | undefined>(undefined);
  private readonly pointerSignal = signal({ x: 0, y: 0 });
  private readonly landingSignal = signal<Landing | undefined>(undefined, {
    equal: (a, b) => a?.columnId === b?.columnId && a?.beforeId === b?.beforeId,
  });
  private droppedAt = 0;
  readonly lifted = this.liftedSignal.asReadonly();
  readonly pointer = this.pointerSignal.asReadonly();
  readonly landing = this.landingSignal.asReadonly();

  /** What a drop on each column would do, while a card is lifted. */
  readonly outcomes = computed(() => {
    const card = this.lifted()?.card;
    const outcomes = new Map<string, DropOutcome>();
    if (card) {
      for (const { column, wip } of this.store.placed())
        outcomes.set(column.columnId, dropOutcome(card, column, wip));
    }
    return outcomes;
  });
  readonly refusal = computed(() => {
    const landing = this.landing();
    const outcome = landing && this.outcomes().get(landing.columnId);
    return outcome?.kind === 'refuse' ? outcome.refusal : undefined;
  });

  /** Called with what the viewer dropped, and what the page expects of it. */
  dropped: (card: CardRow, landing: Landing, outcome: DropOutcome) => void = () => undefined;

  constructor() {
    inject(DestroyRef).onDestroy(
      monitorForElements({
        onDragStart: ({ location }) => this.point(location.current.input),
        onDrag: ({ location }) => this.point(location.current.input),
        onDropTargetChange: ({ location }) => {
          if (location.current.dropTargets.length === 0) this.landingSignal.set(undefined);
        },
        onDrop: ({ location }) => this.drop(location.current.dropTargets.length > 0),
      }),
    );
  }

  lift(lifted: Lifted): void {
    this.liftedSignal.set(lifted);
  }

  hover(landing: Landing): void {
    this.landingSignal.set(landing);
  }

  private point({ clientX, clientY }: { clientX: number; clientY: number }): void {
    this.pointerSignal.set({ x: clientX, y: clientY });
  }

  /** While a card is in the hand, and in the frame that shows where it landed, nothing travels. */
  isQuiet(): boolean {
    return this.lifted() !== undefined || performance.now() - this.droppedAt < LANDING_MS;
  }

  private drop(onTarget: boolean): void {
    const lifted = this.lifted();
    const landing = this.landing();
    const outcome = landing && this.outcomes().get(landing.columnId);
    this.droppedAt = performance.now();
    this.liftedSignal.set(undefined);
    this.landingSignal.set(undefined);
    if (lifted && landing && outcome && onTarget) this.dropped(lifted.card, landing, outcome);
  }
}

import {
  ChangeDetectionStrategy,
  Component,
  ElementRef,
  afterRenderEffect,
  computed,
  effect,
  inject,
  input,
  output,
  signal,
  viewChild,
} from '@angular/core';
import { Glyph } from '../ui/glyph';
import { Icon } from '../ui/icon';
import { NODE_HEIGHT, type GraphEdge, type GraphNode } from './pure/graph-layout';
import { RunStore } from './run-store';
import { taskFact } from './pure/task-facts';
import { TASK_STATE_WORDS, isFuture, isOver, taskStateOf } from './pure/task-look';

const ZOOM = { least: 0.3, most: 1.5, step: 1.2 };

/** The whole plan, drawn live: what is done, what goes on, what may still come. */
@Component({
  selector: 'ao-run-graph',
  imports: [Glyph, Icon],
  templateUrl: './run-graph.html',
  styleUrl: './run-graph.css',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class RunGraph {
  protected readonly store = inject(RunStore);
  private readonly scroller = viewChild.required<ElementRef<HTMLElement>>('scroller');
  readonly selected = input<string>();
  readonly chosen = output<string>();
  protected readonly scale = signal(1);
  protected readonly drawing = this.store.drawing;

  protected readonly nodes = computed(() =>
    this.drawing().nodes.map((node) => ({ ...node, ...this.lookOf(node), frame: framePath(node.width) })),
  );
  protected readonly edges = computed(() =>
    this.drawing().edges.map((edge) => ({ ...edge, kinds: this.kindsOf(edge) })),
  );
  protected readonly hasRoutes = computed(() =>
    this.drawing().nodes.some(({ route }) => route !== undefined),
  );
  /** The node in the tab order. */
  protected readonly tabId = computed(() => this.selected() ?? this.store.tasks()[0]?.taskId);

  constructor() {
    const host = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
    let fitted = false;
    effect(() => {
      if (fitted || this.drawing().nodes.length === 0) return;
      fitted = true;
      if (this.drawing().width > host.clientWidth && host.clientWidth > 720) this.fit();
    });
    afterRenderEffect(() => {
      const selected = this.selected();
      if (selected !== undefined) this.reveal(selected);
    });
  }

  /** What is chosen comes into view inside the plan; the page itself stays. */
  private reveal(taskId: string): void {
    const node = this.drawing().nodes.find(({ id }) => id === taskId);
    const scroller = this.scroller().nativeElement;
    if (!node) return;
    const scale = this.scale();
    const { scrollLeft, scrollTop, clientWidth, clientHeight } = scroller;
    const [left, right] = [node.x * scale, (node.x + node.width) * scale];
    const [top, bottom] = [node.y * scale, (node.y + NODE_HEIGHT) * scale];
    const inSight =
      left >= scrollLeft &&
      right <= scrollLeft + clientWidth &&
      top >= scrollTop &&
      bottom <= scrollTop + clientHeight;
    if (!inSight)
      scroller.scrollTo({ left: (left + right - clientWidth) / 2, top: (top + bottom - clientHeight) / 2 });
  }

  zoom(by: 1 | -1): void {
    this.scale.update((scale) =>
      Math.min(ZOOM.most, Math.max(ZOOM.least, by > 0 ? scale * ZOOM.step : scale / ZOOM.step)),
    );
  }

  fit(): void {
    const { clientWidth, clientHeight } = this.scroller().nativeElement;
    const { width, height } = this.drawing();
    const scale = Math.min(clientWidth / width, clientHeight / height, 1);
    this.scale.set(Math.max(ZOOM.least, scale));
  }

  /** Along the edges: right and left to what depends and what is needed, up and down within a rank. */
  protected pressed(event: KeyboardEvent, node: GraphNode): void {
    const next = this.neighbour(event.key, node);
    if (!next) return;
    event.preventDefault();
    event.stopPropagation();
    document.getElementById(`node-${next}`)?.focus();
    this.chosen.emit(next);
  }

  private neighbour(key: string, { taskId, x, y }: GraphNode): string | undefined {
    const tasks = this.drawing().nodes.filter(({ route }) => route === undefined);
    const edges = this.drawing().edges.filter(({ kind }) => kind === 'needs');
    switch (key) {
      case 'ArrowLeft':
        return edges.find(({ to }) => to === taskId)?.from;
      case 'ArrowRight':
        return edges.find(({ from }) => from === taskId)?.to;
      case 'ArrowUp':
      case 'ArrowDown': {
        const down = key === 'ArrowDown';
        const same = tasks.filter(
          (other) => Math.abs(other.x - x) < 60 && (down ? other.y > y : other.y < y),
        );
        return same.sort((a, b) => Math.abs(a.y - y) - Math.abs(b.y - y))[0]?.taskId;
      }
      default:
        return undefined;
    }
  }

  private lookOf({ taskId, route, label }: GraphNode) {
    const task = this.store.task(taskId);
    if (!task) return { state: 'todo' as const, fact: '', future: true, words: '' };
    if (route) {
      const taken = task.handoffs.some(({ toRole }) => toRole === route);
      const state = taken ? taskStateOf(task.state) : ('todo' as const);
      return {
        state,
        fact: taken ? 'handed off' : 'possible handoff',
        future: !taken,
        words: 'handoff',
      };
    }
    const fact = taskFact(task, this.store.now());
    const words = [...(label === task.title ? [] : [task.title]), TASK_STATE_WORDS[task.state]].join(', ');
    return {
      state: taskStateOf(task.state),
      fact,
      future: isFuture(task) || task.state === 'skipped',
      words,
    };
  }

  private kindsOf({ kind, from, to }: GraphEdge): string {
    const source = this.store.task(from);
    if (kind === 'route') {
      const taken = source?.handoffs.some(({ toRole }) => to.endsWith(`→${toRole}`));
      return taken ? 'edge edge-taken' : 'edge edge-route';
    }
    const target = this.store.task(to);
    const critical = this.store.critical();
    const taken = source && target && isOver(source) && !isFuture(target) && target.state !== 'skipped';
    const parts = ['edge', taken ? 'edge-taken' : 'edge-future'];
    if (critical.has(from) && critical.has(to)) parts.push('edge-critical');
    return parts.join(' ');
  }
}

/** Cut corners: a gate is not a task. */
function framePath(width: number): string {
  const w = width - 0.75;
  const h = NODE_HEIGHT - 0.75;
  const cut = 9.5;
  return `M${cut} .75H${w - cut + 0.75}L${w} ${cut}V${h - cut + 0.75}L${w - cut + 0.75} ${h}H${cut}L.75 ${h - cut + 0.75}V${cut}Z`;
}

import { ChangeDetectionStrategy, Component, computed, inject, input, output } from '@angular/core';
import { Glyph } from '../ui/glyph';
import { RunStore } from './run-store';
import { TASK_STATE_WORDS, isFuture, taskStateOf } from './pure/task-look';

/** Percent of the axis that the label of the present covers on either side, on a phone. */
const LABEL_SHARE = 20;

/** The graph's content over time: same order, same glyphs, also for those who cannot see the drawing. */
@Component({
  selector: 'ao-run-timeline',
  imports: [Glyph],
  templateUrl: './run-timeline.html',
  styleUrl: './run-timeline.css',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class RunTimeline {
  protected readonly store = inject(RunStore);
  readonly selected = input<string>();
  readonly chosen = output<string>();

  protected readonly timeline = this.store.timeline;
  protected readonly rows = computed(() => {
    const critical = this.store.critical();
    const bars = new Map(this.timeline()?.rows.map((row) => [row.taskId, row.bars]));
    return this.store.tasks().map((task) => ({
      taskId: task.taskId,
      name: task.kind === 'gate' ? task.title : task.taskId,
      state: taskStateOf(task.state),
      future: isFuture(task),
      critical: critical.has(task.taskId),
      bars: bars.get(task.taskId) ?? [],
      words: [TASK_STATE_WORDS[task.state], ...(bars.get(task.taskId) ?? []).map(({ words }) => words)].join(
        '; ',
      ),
    }));
  });

  /** Not under the label of the present. */
  protected isClear(at: number): boolean {
    const now = this.timeline()?.now;
    return now === undefined || Math.abs(now - at) > LABEL_SHARE;
  }
}

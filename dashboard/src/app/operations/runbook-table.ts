import { ChangeDetectionStrategy, Component, computed, input } from '@angular/core';
import type { AutonomyRow, RunbookRow } from '@agencyos/contracts';
import { Icon } from '../ui/icon';

const STEPS = ['observe', 'suggest', 'approve', 'act'] as const;

/** How far each runbook may go on each target, earned by verified outcomes. */
@Component({
  selector: 'ao-runbook-table',
  imports: [Icon],
  template: `
    <section class="box" aria-labelledby="runbooks-title">
      <header class="box-head">
        <h2 id="runbooks-title">Runbooks</h2>
        <span class="dim">observe, suggest, approve, act: earned by verified outcomes</span>
      </header>
      @if (rows().length > 0) {
        <div class="table-scroll" tabindex="0" role="group" aria-label="Autonomy by runbook and target">
          <table class="table">
            <thead>
              <tr>
                <th scope="col">Runbook and target</th>
                <th scope="col">Autonomy</th>
                <th scope="col">Verified</th>
              </tr>
            </thead>
            <tbody>
              @for (row of rows(); track row.runbookId + row.targetId) {
                <tr>
                  <td>
                    {{ row.runbookId }} <small>{{ row.targetId }}</small>
                  </td>
                  <td>
                    <span class="steps" role="img" [attr.aria-label]="row.words">
                      @for (step of row.steps; track step.name) {
                        <span [class]="step.kind">{{ step.kind === 'present' ? step.name : '' }}</span>
                      }
                    </span>
                    @if (row.pinned) {
                      <span class="pinned" title="Pinned: only people raise it"><ao-icon name="lock" /></span>
                    }
                  </td>
                  <td class="num">{{ row.verified }} / {{ row.verified + row.failed }}</td>
                </tr>
              }
            </tbody>
          </table>
        </div>
      } @else {
        <div class="empty"><strong>No runbook yet</strong></div>
      }
    </section>
  `,
  styles: `
    td small {
      margin-left: 7px;
    }
    .steps {
      display: inline-flex;
      gap: 2px;
      vertical-align: middle;
    }
    .steps span {
      display: grid;
      place-items: center;
      width: 22px;
      height: 18px;
      border-radius: 3px;
      font: var(--type-2xs);
      text-transform: capitalize;
      box-shadow: inset 0 0 0 1px var(--border-1);
    }
    .steps .passed {
      background: var(--border-2);
      box-shadow: none;
    }
    .steps .present {
      width: 62px;
      font-weight: 600;
      color: var(--on-ink);
      background: var(--ink);
      box-shadow: none;
    }
    .pinned {
      display: inline-block;
      margin-left: 6px;
      vertical-align: middle;
      color: var(--text-3);
    }
  `,
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class RunbookTable {
  readonly runbooks = input.required<RunbookRow[]>();
  readonly autonomy = input.required<AutonomyRow[]>();

  protected readonly rows = computed(() =>
    [...this.autonomy()]
      .sort((a, b) => a.runbookId.localeCompare(b.runbookId) || a.targetId.localeCompare(b.targetId))
      .map((row) => {
        const at = STEPS.indexOf(row.autonomy);
        return {
          ...row,
          words: `${row.autonomy}, step ${at + 1} of ${STEPS.length}${row.why ? `, ${row.why}` : ''}`,
          steps: STEPS.map((name, index) => ({
            name,
            kind: index < at ? 'passed' : index === at ? 'present' : 'ahead',
          })),
        };
      }),
  );
}

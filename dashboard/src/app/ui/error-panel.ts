import { ChangeDetectionStrategy, Component, input } from '@angular/core';
import { Glyph } from './glyph';

/** What failed and what to do next; only in the place of what failed. */
@Component({
  selector: 'ao-error-panel',
  imports: [Glyph],
  template: `
    <div class="error-panel" role="alert">
      <ao-glyph state="warn" label="" />
      <div>
        <strong>{{ title() }}</strong>
        <p>{{ text() }}</p>
        <ng-content />
        @if (code()) {
          <code>{{ code() }}</code>
        }
      </div>
    </div>
  `,
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class ErrorPanel {
  readonly title = input.required<string>();
  readonly text = input.required<string>();
  readonly code = input('');
}

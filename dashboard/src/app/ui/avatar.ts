import { ChangeDetectionStrategy, Component, computed, input } from '@angular/core';
import { principalLook } from './principal';
import type { LeaseLook } from './pure/lease';

/** Who acts, as a shape; the ring round an agent is what is left of its lease. */
@Component({
  selector: 'ao-avatar',
  templateUrl: './avatar.html',
  styleUrl: './avatar.css',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class Avatar {
  private readonly lookOf = principalLook();
  readonly principal = input.required<string>();
  readonly lease = input<LeaseLook>();
  readonly size = input<'s' | 'm' | 'l'>('s');
  /** Words added to the name in the title, e.g. `attempt 2`. */
  readonly note = input('');

  protected readonly look = computed(() => this.lookOf(this.principal()));
  protected readonly classes = computed(() => {
    const { shape, healer } = this.look();
    return `avatar avatar-${shape} avatar-${this.size()}${healer ? ' avatar-healer' : ''}`;
  });
  protected readonly title = computed(() => {
    const note = this.note();
    return note ? `${this.look().name}, ${note}` : this.look().name;
  });
}

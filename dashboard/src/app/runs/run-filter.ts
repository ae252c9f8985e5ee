import { computed, inject } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { ActivatedRoute, Router } from '@angular/router';
import type { RunState } from '@agencyos/contracts';
import { GOING } from '../shell/overview';

export const SHOWN = ['all', 'going', 'failed', 'succeeded', 'cancelled'] as const;
export type Shown = (typeof SHOWN)[number];

/** Which runs are looked at: it stands in the page's address, so that it can be kept and sent to somebody. */
export function runFilter() {
  const router = inject(Router);
  const route = inject(ActivatedRoute);
  const parameters = toSignal(route.queryParamMap);
  const shown = computed<Shown>(() => SHOWN.find((one) => one === parameters()?.get('show')) ?? 'all');
  const workflow = computed(() => parameters()?.get('workflow') ?? '');
  const text = computed(() => parameters()?.get('text') ?? '');
  return {
    shown,
    workflow,
    text,
    isNarrow: computed(() => shown() !== 'all' || workflow() !== '' || text().trim() !== ''),
    /** What a window is asked for. */
    asked: computed(() => {
      const one = shown();
      const state: readonly RunState[] = one === 'going' ? GOING : one === 'all' ? [] : [one];
      const filter = { ...(state.length > 0 && { state }), ...(workflow() && { workflowId: [workflow()] }) };
      return { filter, text: text().trim().slice(0, 200) };
    }),
    /** An empty value takes it out of the address. */
    set(change: { show?: string; workflow?: string; text?: string }): void {
      const queryParams = Object.fromEntries(
        Object.entries(change).map(([name, value]) => [name, value === '' || value === 'all' ? null : value]),
      );
      void router.navigate([], {
        relativeTo: route,
        queryParams,
        queryParamsHandling: 'merge',
        replaceUrl: true,
      });
    },
  };
}

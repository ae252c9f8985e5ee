import type { MonitorRow, ServiceRow } from '@agencyos/contracts';
import type { State } from '../../ui/pure/state-words';

/** `behind`: it answers, but facts fail, are parked or are not read in it. */
export type ShownState = ServiceRow['state'] | 'behind';

export const GLYPHS: Record<ShownState, State> = {
  healthy: 'done',
  breached: 'failed',
  behind: 'failed',
  repairing: 'healing',
  no_data: 'warn',
  unknown: 'todo',
};

export const WORDS: Record<ShownState, string> = {
  healthy: 'Healthy',
  breached: 'Not answering',
  behind: 'Facts wait',
  repairing: 'Repairing',
  no_data: 'No data',
  unknown: 'Not watched yet',
};

/** A service is not called silent where all that is wrong is what waits in it. */
export function shownState({ targetId, state }: ServiceRow, monitors: readonly MonitorRow[]): ShownState {
  if (state !== 'breached') return state;
  const breached = monitors.filter(
    (monitor) => monitor.targetId === targetId && monitor.state === 'breached',
  );
  return breached.length > 0 && breached.every(({ kind }) => kind === 'freshness') ? 'behind' : state;
}

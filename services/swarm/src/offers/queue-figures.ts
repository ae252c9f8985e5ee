import { queuesView } from '@agencyos/contracts';
import type { Metrics, Views } from '@agencyos/runtime';
import { Gauge } from 'prom-client';

/**
 * What a scaler looks at: every replica says the same of each role. A role of the installation itself is there from the
 * beginning, for a scaler that does not find its figure cannot tell it from a fault.
 */
export function publishQueueFigures(
  metrics: Pick<Metrics, 'registry'>,
  views: Pick<Views, 'of'>,
  roles: readonly string[],
): void {
  const none = roles.map((role) => ({ role, depth: 0, held: 0 }));
  const read = async () => {
    const rows = await views.of(queuesView, 'all').list('role');
    const figures = [...none, ...rows.map(([, { role, depth, held = 0 }]) => ({ role, depth, held }))];
    return new Map(figures.map((one) => [one.role, one])).values();
  };
  const gauge = <L extends string>(name: string, help: string, labelNames: L[], set: Setting<L>) => {
    const own: Gauge<L> = new Gauge({
      ...{ name, help, labelNames, registers: [metrics.registry] },
      async collect() {
        own.reset();
        // Without the database there is no figure, rather than an old one; the other figures are told all the same.
        for (const figures of await read().catch(() => [])) set(own, figures);
      },
    });
  };
  gauge('agencyos_tasks', 'Tasks of a role that wait (ready) or are worked at (leased).', ['role', 'state'], (own, figures) => {
    own.set({ role: figures.role, state: 'ready' }, figures.depth);
    own.set({ role: figures.role, state: 'leased' }, figures.held);
  });
  gauge(
    'agencyos_tasks_open',
    'Tasks of a role that wait or are worked at: what its workers are scaled on.',
    ['role'],
    (own, figures) => own.set({ role: figures.role }, figures.depth + figures.held),
  );
}

type Setting<L extends string> = (gauge: Gauge<L>, figures: { role: string; depth: number; held: number }) => void;

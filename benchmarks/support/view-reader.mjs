import { setTimeout as delay } from 'node:timers/promises';
import { subjects } from '@agencyos/contracts';
import { Bus, createLogger } from '@agencyos/runtime';
import { percentile } from './measure.mjs';

const ANSWER_MS = 2_000;
const PAUSE_MS = 10;

/** Asks kanban for one board after another, as the gateway does, until it is stopped. */
export async function startReading({ natsUrl, nkeyFile }, boards, rowsPerBoard) {
  const config = { name: 'test', natsUrl, nkeyFile: nkeyFile('test') };
  const bus = await Bus.connect(config, createLogger({ ...config, instanceId: 'bench', logLevel: 'error' }));
  const subject = subjects.query('kanban', 'board', 'test');
  const latencies = [];
  const failures = [];
  let stopped = false;
  const reading = (async () => {
    for (let n = 0; !stopped; n++, await delay(PAUSE_MS)) {
      const at = performance.now();
      const id = boards[n % boards.length].boardId;
      const page = await bus.request(subject, { id }, ANSWER_MS).catch((error) => ({ problem: String(error) }));
      latencies.push(performance.now() - at);
      const rows = Object.keys(page.rows ?? {}).length;
      if (rows !== rowsPerBoard) failures.push(page.problem ?? `${rows} rows`);
    }
  })();
  return {
    /** Answers that were missing, refusals or incomplete are failures. */
    async stop() {
      stopped = true;
      await reading;
      await bus.close();
      return { failures, reads: latencies.length, p99: percentile(latencies, 0.99) };
    },
  };
}

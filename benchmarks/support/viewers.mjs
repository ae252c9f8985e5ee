import { fork } from 'node:child_process';
import { once } from 'node:events';

/** Milliseconds on a clock that all processes of the machine share. */
export const now = () => Number(process.hrtime.bigint()) / 1e6;

/**
 * WebSocket connections in a process of their own, so that reading thousands of frames disturbs nobody's clock here.
 *
 * @param tickets one per connection; each then shows `view`. Without: so many connections that only listen.
 */
export async function openViewers({ url, count, tickets, view }) {
  const child = fork(new URL('./viewers-process.mjs', import.meta.url), { serialization: 'advanced' });
  const answer = async (message) => {
    child.send(message);
    const [reply] = await once(child, 'message');
    if (reply.error) throw new Error(reply.error);
    return reply;
  };
  await answer({ open: { url, count, tickets, view } });
  return {
    /** When each viewer got to see each number up to the last one: `Map(number → milliseconds[])`. */
    async seen(last) {
      return (await answer({ until: last })).seen;
    },
    async stop() {
      child.disconnect();
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}

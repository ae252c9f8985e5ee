import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';

/** Sums up a sequence of events: two that were given the same ones in the same order are equal. */
export class Sequence {
  count = 0;
  #chain = Buffer.alloc(0);

  add({ position, stream, revision, id }) {
    this.count++;
    this.#chain = createHash('sha256').update(this.#chain).update(`${position} ${stream} ${revision} ${id}`).digest();
  }

  get digest() {
    return this.#chain.toString('hex');
  }
}

/** A subscription from the start of the log, in a process of its own. It ends with this process. */
export function openSubscriber(what) {
  const child = fork(new URL('./soak-subscriber-process.mjs', import.meta.url), {
    serialization: 'advanced',
  });
  child.send(what);
  return {
    /** What it saw once it has got to a position. */
    async until(position) {
      child.send({ until: position });
      const [seen] = await Promise.race([
        once(child, 'message'),
        once(child, 'exit').then(([code]) => Promise.reject(new Error(`a subscriber ended with ${code}`))),
      ]);
      child.disconnect();
      return seen;
    },
  };
}

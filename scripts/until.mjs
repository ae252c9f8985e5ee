/** So often a wait says what it waits for: of a test that runs out of time it has been said by then. */
const SAY_EVERY_MS = 10_000;
const ASK_EVERY_MS = 20;

const wordsOf = (condition) => String(condition).replace(/\s+/g, ' ').slice(0, 300);

function jsonOf(value) {
  try {
    return String(JSON.stringify(value)).slice(0, 500);
  } catch {
    return String(value);
  }
}

/**
 * Tests wait for conditions, never for time: the test's own limit is the only clock. What `read` throws is thrown.
 *
 * @template T
 * @param {() => T | Promise<T>} read asked again and again
 * @param {(value: T) => boolean} [holds] by default when there is something
 * @param {string | ((...given: never[]) => unknown)} [condition] says what is waited for, where the words of `read` do not
 * @returns {Promise<T>} what holds
 */
export async function until(read, holds = Boolean, condition = read) {
  const isPlain = holds === Boolean || condition !== read;
  const what = isPlain ? wordsOf(condition) : `${wordsOf(read)} to be ${wordsOf(holds)}`;
  let last;
  const saying = setInterval(() => console.warn(`still waiting for ${what}; last: ${jsonOf(last)}`), SAY_EVERY_MS);
  try {
    for (;;) {
      last = await read();
      if (holds(last)) return last;
      await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
    }
  } finally {
    clearInterval(saying);
  }
}

/**
 * As {@link until}, where it cannot be asked all the time: then it does not hold yet.
 *
 * @param {() => Promise<boolean>} condition
 * @param {(error: unknown) => boolean} [isOver] of what it throws: what ends the wait
 */
export async function untilTrue(condition, isOver = () => false) {
  const read = () =>
    condition().catch((error) => {
      if (isOver(error)) throw error;
      return String(error);
    });
  await until(read, (held) => held === true, condition);
}

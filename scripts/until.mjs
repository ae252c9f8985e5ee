/** So often a wait says what it waits for: of a test that runs out of time it has been said by then. */
const SAY_EVERY_MS = 10_000;
const ASK_EVERY_MS = 20;

/** @typedef {string | ((...given: never[]) => unknown)} Condition says what is waited for, where the words of `read` do not */

const wordsOf = (condition) => String(condition).replace(/\s+/g, ' ').slice(0, 300);

const whatOf = (read, holds, condition) =>
  holds === Boolean || condition !== read ? wordsOf(condition) : `${wordsOf(read)} to be ${wordsOf(holds)}`;

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
 * @param {Condition} [condition]
 * @returns {Promise<T>} what holds
 */
export async function until(read, holds = Boolean, condition = read) {
  const what = whatOf(read, holds, condition);
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
 * As {@link until}, of what cannot be asked all the time: then it is asked again.
 *
 * @template T
 * @param {() => T | Promise<T>} read
 * @param {object} [about]
 * @param {(value: T) => boolean} [about.holds]
 * @param {Condition} [about.condition]
 * @param {(error: unknown) => boolean} [about.isOver] whether what `read` throws ends the wait
 * @returns {Promise<T>}
 */
export async function untilAnswered(read, { holds = Boolean, condition = read, isOver = () => false } = {}) {
  const ask = async () => {
    try {
      return { answer: await read() };
    } catch (error) {
      if (isOver(error)) throw error;
      return { refused: String(error) };
    }
  };
  const answered = (asked) => 'answer' in asked && holds(asked.answer);
  return (await until(ask, answered, whatOf(read, holds, condition))).answer;
}

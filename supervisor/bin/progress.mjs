/** Plain lines with a mark and how long each step took: the same on a terminal, in a log and in CI. */
const colour = process.stdout.isTTY && !process.env.NO_COLOR;
const paint = (code, text) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);

/** One finished step. `startedAt` is from `performance.now()`. */
export function done(text, startedAt) {
  const seconds = startedAt === undefined ? '' : paint(2, ` (${((performance.now() - startedAt) / 1000).toFixed(1)} s)`);
  console.log(`${paint(32, '✔')} ${text}${seconds}`);
}

/** What is happening now, or a fact worth knowing. */
export function note(text) {
  console.log(`${paint(2, '·')} ${text}`);
}

/** Why it does not go on. */
export function failed(text) {
  console.error(`${paint(31, '✘')} ${text}`);
}

/** Runs one step and says how long it took; the announcement is for steps that take long. */
export async function step(text, action, { announce } = {}) {
  const startedAt = performance.now();
  if (announce) note(announce);
  const result = await action();
  done(typeof text === 'function' ? text(result) : text, startedAt);
  return result;
}

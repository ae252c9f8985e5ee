/** In per cent: where fewer planted mistakes turn a spec red, the command fails. */
export const FLOOR = 85;

/**
 * Per cent of the mutants that turned a spec red or made it wait for ever. What no spec runs counts as not shown.
 * @returns {number | undefined} undefined where there was nothing to mutate
 */
export function scoreOf({ killed, timeout, survived, noCoverage }) {
  const all = killed + timeout + survived + noCoverage;
  return all === 0 ? undefined : Math.floor((1_000 * (killed + timeout)) / all) / 10;
}

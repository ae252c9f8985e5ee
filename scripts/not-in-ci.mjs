import { readFileSync } from 'node:fs';

/**
 * What continuous integration cannot have, each with the command by which it is run by hand and how it went the last
 * time.
 *
 * @typedef {{what: string, tests: string[], command: string, last: {date: string, commit: string, outcome: string}}} Missing
 */

/** @returns {Missing[]} */
export const readNotInCi = () => JSON.parse(readFileSync(new URL('../docs/not-in-ci.json', import.meta.url), 'utf8'));

/**
 * @param {string[]} notRun tests that were not run, `file: name`
 * @param {Missing[]} list `tests` are beginnings of such names
 * @returns {{unexpected: string[], expected: Missing[]}} tests that no entry explains, and the entries that explain some
 */
export function notInCi(notRun, list = readNotInCi()) {
  const explains = ({ tests }, test) => tests.some((beginning) => test.startsWith(beginning));
  return {
    unexpected: notRun.filter((test) => !list.some((missing) => explains(missing, test))),
    expected: list.filter((missing) => notRun.some((test) => explains(missing, test))),
  };
}

import { relative } from 'node:path';
import { formatResultsErrors } from 'jest-message-util';

const COUNTED = { numPassingTests: 'passed', numFailingTests: 'failed', numPendingTests: 'pending', numTodoTests: 'todo' };

/** How a file is called among those it is loaded with. */
export const nameIn = ({ path, context }) => relative(context.config.rootDir, path);

/**
 * What jest says of tests that were loaded together, told apart.
 *
 * @param {import('@jest/test-result').Test[]} tests
 * @param {import('@jest/test-result').TestResult} result
 * @returns {[import('@jest/test-result').Test, import('@jest/test-result').TestResult][]}
 */
export function resultsByFile(tests, result, globalConfig) {
  let { start } = result.perfStats;
  return tests.map((test) => {
    const testResults = result.testResults.flatMap((one) => apart(one, nameIn(test)));
    const end = start + testResults.reduce((sum, { duration }) => sum + (duration ?? 0), 0);
    const perfStats = { ...result.perfStats, start, end, runtime: end - start };
    start = end;
    const counts = Object.entries(COUNTED).map(([count, status]) => [
      count,
      testResults.filter((one) => one.status === status).length,
    ]);
    const { config } = test.context;
    const failureMessage = formatResultsErrors(testResults, config, globalConfig, test.path);
    const own = { ...Object.fromEntries(counts), testFilePath: test.path, testResults, perfStats, failureMessage };
    const skipped = testResults.every(({ status }) => status === 'pending');
    return [test, { ...result, ...own, skipped, console: undefined }];
  });
}

/** As it is called in its own file; nothing, where it is of another. */
function apart(result, file) {
  const [first, ...ancestorTitles] = result.ancestorTitles;
  if (first !== file) return [];
  return [{ ...result, ancestorTitles, fullName: [...ancestorTitles, result.title].join(' ') }];
}

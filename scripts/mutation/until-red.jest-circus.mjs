// How jest runs a spec for Stryker: for each mutant only until one test is red, and without reading a spec none of whose
// tests was asked for. Jest itself always goes through all of them.
import { createEmptyTestResult } from '@jest/test-result';
import circus from 'jest-circus/runner';

/** Names of the tests in each spec, once it was read. */
const namesIn = new Map();
/** The mutant that turned a test red last. */
let seen;

/** As jest's own runner of one spec. */
export default async function runSpec(globalConfig, config, environment, runtime, path, ...more) {
  const mutant = process.env['__STRYKER_ACTIVE_MUTANT__'];
  const isSeen = () => mutant !== undefined && mutant === seen;
  if (isSeen() || !isAsked(path, globalConfig.testNamePattern)) return nothingRun();
  const told = environment.handleTestEvent?.bind(environment);
  environment.handleTestEvent = async (event, state) => {
    await told?.(event, state);
    if (event.name === 'test_fn_failure' || event.name === 'hook_failure') seen = mutant;
    if (event.name === 'test_start' && isSeen()) event.test.mode = 'skip';
  };
  const result = await circus.default(globalConfig, config, environment, runtime, path, ...more);
  namesIn.set(
    path,
    result.testResults.map(({ fullName }) => fullName),
  );
  return result;
}

function isAsked(path, pattern) {
  const names = namesIn.get(path);
  return !names || !pattern || names.some((name) => new RegExp(pattern, 'i').test(name));
}

/** A spec without any test would be a fault to jest. */
function nothingRun() {
  const test = { ...{ ancestorTitles: [], failureDetails: [], failureMessages: [], retryReasons: [] }, duration: 0 };
  const pending = { ...test, fullName: '', title: '', status: 'pending', invocations: 0, location: null, numPassingAsserts: 0 };
  return { ...createEmptyTestResult(), numPendingTests: 1, skipped: true, testResults: [pending] };
}

// `npm run bench`: see support/run.mjs.
import { checkNode } from '../supervisor/bin/node-version.mjs';

checkNode();
import('./support/run.mjs').then(({ runBenchmark }) => runBenchmark());

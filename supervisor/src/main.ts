import { Problem } from '../bin/problem.mjs';
import { failed } from '../bin/progress.mjs';
import { runInstallation } from './run-installation.js';
import { readSettings } from './settings.js';

const settings = readSettings(process.argv.slice(2), process.env);
runInstallation(settings).then(
  (code) => process.exit(code),
  (error: unknown) => {
    failed(error instanceof Problem ? error.message : String((error as Error).stack ?? error));
    process.exit(1);
  },
);

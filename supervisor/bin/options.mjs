import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Problem } from './problem.mjs';

export const usage = `npm start -- [options]

Installs what is missing, builds, and runs AgencyOS on this machine until Ctrl-C.

  --port N         address of the dashboard and the API: http://127.0.0.1:N (default 8400)
  --data-dir PATH  where everything is kept (default .agencyos)
  --repo PATH      git repository on which the example workflow runs (default this one)
  --replicas N     processes of each service, 1 to 9; further gateways have the ports after the first
  --until-ready    stop in order and exit 0 once everything is ready
  --demo           run the example workflow to its end, approving its gate, then stop
  --help           this text

NATS_URL and DATABASE_URL use servers that exist already; none is started then. NATS_NKEYS_DIR
is the folder with the keys for that NATS server, if it asks for some; DATABASE_URLS_DIR the one
with the address of each service's own role in that database (supervisor/README.md).
KURRENTDB_URL puts the event log into a KurrentDB or EventStoreDB (docs/eventstoredb.md).
`;

/**
 * @param {string[]} argv
 * @param {string} projectRoot
 * @throws {Problem} naming what is wrong
 */
export function readOptions(argv, projectRoot) {
  let values;
  try {
    ({ values } = parseArgs({
      args: argv,
      options: {
        port: { type: 'string', default: '8400' },
        'data-dir': { type: 'string', default: '.agencyos' },
        repo: { type: 'string' },
        replicas: { type: 'string', default: '1' },
        'until-ready': { type: 'boolean', default: false },
        demo: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }));
  } catch (error) {
    throw new Problem(`${error.message.split('. ')[0]}: see \`npm start -- --help\`.`);
  }
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw new Problem(`--port must be a number from 1 to 65535, not "${values.port}".`);
  }
  if (!/^[1-9]$/.test(values.replicas)) throw new Problem(`--replicas must be a number from 1 to 9, not "${values.replicas}".`);
  const replicas = Number(values.replicas);
  if (port + replicas - 1 > 65535)
    throw new Problem(`--port ${port} leaves no ports after it for ${replicas} gateways: choose a lower one.`);
  return {
    help: values.help,
    port,
    // relative to where the person is: npm changes into the project's folder and keeps theirs in INIT_CWD
    dataDir: values['data-dir'] === '.agencyos' ? resolve(projectRoot, '.agencyos') : fromPerson(values['data-dir']),
    repository: values.repo === undefined ? projectRoot : fromPerson(values.repo),
    replicas,
    untilReady: values['until-ready'],
    demo: values.demo,
  };
}

function fromPerson(path) {
  return resolve(process.env.INIT_CWD ?? process.cwd(), path);
}

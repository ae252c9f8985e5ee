import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { prepareDatabase, type ServiceLogin } from './prepare-database.js';

/**
 * `node main.js FILE…`: prepares the database of DATABASE_URL, or DATABASE_URL_FILE, whose role becomes the owner, for
 * services that log in by the address in their file, `<service>.url`. A database that is not there yet is waited for.
 */
const owner = process.env['DATABASE_URL_FILE']
  ? readFileSync(process.env['DATABASE_URL_FILE'], 'utf8').trim()
  : process.env['DATABASE_URL'];
const files = process.argv.slice(2);

function loginOf(file: string): ServiceLogin {
  const { username, password } = new URL(readFileSync(file, 'utf8').trim());
  return { service: basename(file, '.url'), role: decodeURIComponent(username), password: decodeURIComponent(password) };
}

if (!owner || files.length === 0) {
  process.stderr.write('DATABASE_URL=<address of the owner> node main.js <service>.url …\n');
  process.exit(2);
}
/** Of a server that starts, or whose name is not known yet. */
const AWAY = ['ECONNREFUSED', 'ECONNRESET', 'EHOSTUNREACH', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', '57P03'];
const WAITS_MS = 120_000;
const ASKS_EVERY_MS = 500;

for (let said = ''; ;) {
  try {
    await prepareDatabase(owner, files.map(loginOf));
    break;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const away = AWAY.includes((error as { code?: string }).code ?? '');
    if (!away || performance.now() > WAITS_MS) {
      process.stderr.write(`The database could not be prepared: ${message}\n`);
      process.exit(1);
    }
    if (message !== said) process.stderr.write(`Waiting for the database: ${message}\n`);
    said = message;
    await delay(ASKS_EVERY_MS);
  }
}

import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { prepareDatabase, type ServiceLogin } from './prepare-database.js';

/**
 * `node main.js FILE…`: prepares the database of DATABASE_URL, or DATABASE_URL_FILE, whose role becomes the owner, for
 * services that log in by the address in their file, `<service>.url`.
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
try {
  await prepareDatabase(owner, files.map(loginOf));
} catch (error) {
  process.stderr.write(`The database could not be prepared: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commonRefusals, httpRefusals } from '@agencyos/contracts';
import { expect, it } from '@jest/globals';

const root = join(import.meta.dirname, '../../..');
/** Where a command is refused before anybody decides it. */
const places = ['libs/runtime/src/commands', 'libs/runtime/src/nest', 'gateway/src/http', 'gateway/src/commands'];

it('declares every code that any command may meet, and no other', () => {
  const files = places.flatMap((place) =>
    readdirSync(join(root, place), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'))
      .map((name) => join(root, place, name)),
  );
  const text = [...files, join(root, 'libs/runtime/src/problem.ts')].map((file) => readFileSync(file, 'utf8')).join('\n');
  const said = [
    ...text.matchAll(/new Rejection\(\s*'(\w+)'/g),
    ...text.matchAll(/\? '(\w+_\w+)' : '\w+', \{\}/g),
    ...text.matchAll(/: '(\w+)', \{\}, status/g),
    ...text.matchAll(/(?:code:|NOT_PERMITTED =) '(\w+)'/g),
  ].map(([, code]) => code);
  expect([...new Set(said)].sort()).toEqual([...new Set([...commonRefusals, ...httpRefusals].map(({ code }) => code))].sort());
});

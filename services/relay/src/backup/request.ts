import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { Problem } from '@agencyos/supervisor';
import type { Key, Seal } from './seal.js';

export const VERBS = ['make', 'restore', 'check', 'new-key'] as const;
const SHORTEST = 10;

/** What the program is to do. */
export interface Request {
  verb: (typeof VERBS)[number];
  file: string;
  dataDir: string;
  json: boolean;
  /** The file is a folder: a new one in it, and so many of those that were made so stay. */
  keep: number | undefined;
  /** A restore leaves alone what holds an installation already. */
  unlessTaken: boolean;
  recipients: string[];
  identityFile: string | undefined;
  /** `-`: standard input. */
  passphraseFile: string | undefined;
}

/** @throws TypeError on a command line that is not understood */
export function readRequest(argv: string[]): Request {
  const { values, positionals } = parseArgs({
    args: argv,
    options: {
      'data-dir': { type: 'string', default: '.agencyos' },
      keep: { type: 'string' },
      'unless-taken': { type: 'boolean', default: false },
      recipient: { type: 'string', multiple: true, default: [] },
      'recipients-file': { type: 'string' },
      identity: { type: 'string' },
      'passphrase-file': { type: 'string' },
      json: { type: 'boolean', default: false },
    },
    allowPositionals: true,
  });
  const [given, file, ...more] = positionals;
  const verb = VERBS.find((one) => one === given);
  if (!verb || !file || more.length > 0) throw new TypeError(`One of ${VERBS.join(', ')}, and one FILE.`);
  const keep = values.keep === undefined ? undefined : Number(values.keep);
  if (keep !== undefined && !(Number.isInteger(keep) && keep > 0)) throw new TypeError('--keep says how many stay: 1 or more.');
  return {
    ...{ verb, file: resolve(file), dataDir: resolve(values['data-dir']), json: values.json },
    ...{ keep, unlessTaken: values['unless-taken'] },
    recipients: [...values.recipient, ...recipientsIn(values['recipients-file'])],
    identityFile: values.identity,
    passphraseFile: values['passphrase-file'],
  };
}

function recipientsIn(file: string | undefined): string[] {
  if (!file) return [];
  const recipients = readFileSync(file, 'utf8').match(/^age1\S+$/gm);
  if (!recipients) throw new Problem(`${file} names nobody: each of its lines is a key that begins with age1.`);
  return recipients;
}

/** For whom the backup is to be sealed: nothing in it is written in the clear. @throws Problem */
export async function sealOf({ recipients, passphraseFile }: Request): Promise<Seal> {
  if (recipients.length > 0 && passphraseFile) throw new Problem('A backup is sealed to keys or by a passphrase, not both.');
  if (recipients.length > 0) return { recipients };
  if (!passphraseFile) throw new Problem('A backup holds keys, so it is sealed: name --recipient or --passphrase-file.');
  return { passphrase: await passphraseOf(passphraseFile) };
}

/** What opens it. @throws Problem */
export async function keyOf({ identityFile, passphraseFile }: Request): Promise<Key> {
  if (identityFile && passphraseFile) throw new Problem('A backup is opened by a key or by a passphrase: name one of them.');
  if (passphraseFile) return { passphrase: await passphraseOf(passphraseFile) };
  if (!identityFile) throw new Problem('A backup is sealed: name --identity or --passphrase-file.');
  const identity = /^AGE-SECRET-KEY-\S+$/m.exec(readFileSync(identityFile, 'utf8'))?.[0];
  if (!identity) throw new Problem(`${identityFile} holds no key: it is a line that begins with AGE-SECRET-KEY-.`);
  return { identity };
}

async function passphraseOf(file: string): Promise<string> {
  const given = file === '-' ? await text(process.stdin) : readFileSync(file, 'utf8');
  const passphrase = given.replace(/\r?\n$/, '');
  if (passphrase.length < SHORTEST) throw new Problem(`A passphrase has at least ${SHORTEST} characters.`);
  return passphrase;
}

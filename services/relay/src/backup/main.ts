import { writeFileSync } from 'node:fs';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { withAddresses } from './addresses.js';
import { makeInFolder } from './into-folder.js';
import { type BackupRequest, makeBackup } from './make-backup.js';
import { isTaken } from './is-taken.js';
import { keyOf, readRequest, type Request, sealOf } from './request.js';
import { check, restore } from './restore.js';

const REPORT_EVERY_MS = 1_000;

let reported = performance.now();
function report({ events }: { events: number }): void {
  if (performance.now() - reported < REPORT_EVERY_MS) return;
  reported = performance.now();
  process.stderr.write(`${events} events …\n`);
}

/** Does it. @returns what to say, in words and for machines */
async function run(request: Request): Promise<[words: string, data: object]> {
  const { verb, file, dataDir, keep } = request;
  const environment = withAddresses(process.env);
  switch (verb) {
    case 'make': {
      const asked = { file, dataDir, seal: await sealOf(request) };
      const make = (one: BackupRequest) => makeBackup(one, environment, report);
      const made = keep === undefined ? await make(asked) : await makeInFolder(asked, keep, make);
      const { events, contents, position, digest, bytes } = made;
      return [
        `${events} events up to ${position} and ${contents} contents are in ${made.file} (${bytes} bytes)\n${digest}`,
        made,
      ];
    }
    case 'check': {
      const { head, events, contents, digest } = await check(file, await keyOf(request));
      const { madeAt, release, position } = head;
      return [
        `${file} is whole: ${events} events up to ${position} and ${contents} contents, made ${madeAt} by ${release}\n${digest}`,
        { file, madeAt, release, position, events, contents, digest },
      ];
    }
    case 'restore': {
      if (request.unlessTaken && (await isTaken(environment)))
        return [`The database holds an installation already: nothing was restored`, { taken: true }];
      const summary = await restore({ file, dataDir, key: await keyOf(request) }, environment, report);
      const { head, events, contents, digest, views } = summary;
      return [
        `${events} events and ${contents} contents of ${head.madeAt} are in ${dataDir}; ${views.length} projections made anew are equal\n${digest}`,
        { dataDir, madeAt: head.madeAt, events, contents, digest },
      ];
    }
    case 'new-key': {
      const identity = await generateX25519Identity();
      const recipient = await identityToRecipient(identity);
      writeFileSync(file, `# public key: ${recipient}\n${identity}\n`, { mode: 0o600, flag: 'wx', flush: true });
      return [
        `${recipient}\nBackups are sealed to it with --recipient; only ${file} opens them: keep it elsewhere.`,
        { recipient, file },
      ];
    }
  }
}

try {
  const request = readRequest(process.argv.slice(2));
  const [words, data] = await run(request);
  process.stdout.write(`${request.json ? JSON.stringify(data) : words}\n`, () => process.exit(0));
} catch (error) {
  const { message, name } = error as Error;
  process.stderr.write(`${message}\n`, () => process.exit(name === 'TypeError' ? 2 : 1));
}

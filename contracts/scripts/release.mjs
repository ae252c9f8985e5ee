import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { violations } from './compare-contracts.mjs';
import { tooEarly } from './compare-levels.mjs';
import { newestRelease, releasesFolder } from './releases.mjs';
import { snapshot, snapshotText } from './snapshot.mjs';

/** `npm run release:contracts`: freezes the built contracts as those of the version in the root's package.json. */
const root = join(import.meta.dirname, '..', '..');
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
const present = snapshot(await import('../dist/index.js'));

const last = await newestRelease();
const broken = last ? [...violations(last, present, version), ...tooEarly(last, present)] : [];
if (broken.length > 0) {
  console.error(`These contracts do not continue those of ${last.version}:\n- ${broken.join('\n- ')}`);
  process.exit(1);
}
const path = join(releasesFolder, `${version}.json`);
try {
  await writeFile(path, snapshotText(version, present), { flag: 'wx' });
} catch (error) {
  if (error.code !== 'EEXIST') throw error;
  console.error(`${version} is released, and a release never changes. Raise the version in package.json first.`);
  process.exit(1);
}
console.log(`contracts of ${version} written to contracts/released/${version}.json`);

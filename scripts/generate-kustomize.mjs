#!/usr/bin/env node
// `npm run generate:k8s`: Kustomize's base and overlays in k8s, from the chart by the real Helm. Not part of
// `npm run generate`, which needs no registry and runs on every processor.
import { spawnSync } from 'node:child_process';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, parseAllDocuments } from 'yaml';
import { kustomizeFiles } from '../k8s/support/kustomize.mjs';
import { kubernetesTools } from './kubernetes-tools.mjs';

const projectRoot = fileURLToPath(new URL('../', import.meta.url)).replace(/\/$/, '');
const k8s = join(projectRoot, 'k8s');
const { helm } = await kubernetesTools(projectRoot);

function render(values) {
  const args = ['template', 'agencyos', join(k8s, 'chart'), '--namespace', 'agencyos', '--values', '-'];
  const { status, stdout, stderr } = spawnSync(helm, args, { input: JSON.stringify(values), encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return parseAllDocuments(stdout).flatMap((document) => document.toJS() ?? []);
}

const names = (await readdir(join(k8s, 'values'))).map((file) => file.replace(/\.yaml$/, ''));
const overlays = {};
for (const name of names.sort()) overlays[name] = parse(await readFile(join(k8s, `values/${name}.yaml`), 'utf8'));
for (const folder of ['base', 'overlays']) await rm(join(k8s, folder), { recursive: true, force: true });
for (const [path, text] of Object.entries(kustomizeFiles(render, overlays))) {
  await mkdir(dirname(join(k8s, path)), { recursive: true });
  await writeFile(join(k8s, path), text);
}
console.log('k8s/base and k8s/overlays say what the chart renders');

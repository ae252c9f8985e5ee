import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { kubernetesTools } from '../../scripts/kubernetes-tools.mjs';
import type { KubernetesObject } from './objects.js';

export const projectRoot = join(import.meta.dirname, '../..');
export const chart = join(projectRoot, 'k8s/chart');

/** The real programs; undefined where they cannot be had, and then what needs them is not run. */
export const tools = await kubernetesTools(projectRoot).catch((error: Error) => {
  console.warn(error.message);
  return undefined;
});

/** What Helm says to these values, rendered or refused. */
export function helmTemplate(values: object = {}, { release = 'agencyos', namespace = 'agencyos' } = {}) {
  const args = ['template', release, chart, '--namespace', namespace, '--values', '-'];
  return run(tools!.helm, args, JSON.stringify(values));
}

const rendered = new Map<string, KubernetesObject[]>();

/** @throws Error with Helm's own words */
export function render(values: object = {}, place: { release?: string; namespace?: string } = {}): KubernetesObject[] {
  const key = JSON.stringify([values, place]);
  const objects = rendered.get(key) ?? objectsIn(helmTemplate(values, place));
  rendered.set(key, objects);
  return structuredClone(objects);
}

/** @throws Error with kubectl's own words */
export const kustomize = (folder: string): KubernetesObject[] =>
  objectsIn(run(tools!.kubectl, ['kustomize', join(projectRoot, folder)]));

export const valuesOf = (name: string): object =>
  parse(readFileSync(join(projectRoot, `k8s/values/${name}.yaml`), 'utf8')) as object;

function objectsIn({ status, stdout, stderr }: ReturnType<typeof run>): KubernetesObject[] {
  if (status !== 0) throw new Error(stderr);
  return parseAllDocuments(stdout, { prettyErrors: false }).flatMap((document) => {
    if (document.errors.length > 0) throw document.errors[0]!;
    const object = document.toJS() as KubernetesObject | null;
    return object ? [object] : [];
  });
}

function run(program: string, args: string[], input = '') {
  // Nothing of the user's own configuration, and no cluster: rendering needs neither.
  const env = { PATH: process.env['PATH'], HOME: '/nonexistent', KUBECONFIG: '/nonexistent' };
  return spawnSync(program, args, { input, env, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
}

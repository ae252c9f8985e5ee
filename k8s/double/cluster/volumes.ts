import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import type { Loose } from '../../support/objects.js';
import { NotYet, type Configuration } from './configuration.js';
import { fieldOf, type PodFacts } from './environment.js';

const TOKEN_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';
/** Of files from Secrets and ConfigMaps that say nothing else. */
const DEFAULT_MODE = 0o644;

export interface Mount {
  source: string;
  target: string;
  readOnly: boolean;
}

type Files = Record<string, { content: Buffer; mode: number }>;

/**
 * Folders for the volumes of a pod: of Secrets, ConfigMaps and the like with their files, as they are when the pod starts.
 * @returns by their names
 * @throws NotYet when something of them is not there
 */
export function makeVolumes(spec: Loose, pod: PodFacts, folder: string, claims: string, configuration: Configuration) {
  const made: Record<string, string> = {};
  for (const volume of spec.volumes ?? []) {
    if (volume.persistentVolumeClaim) {
      made[volume.name] = join(claims, pod.namespace, volume.persistentVolumeClaim.claimName);
      mkdirSync(made[volume.name]!, { recursive: true });
      continue;
    }
    const path = (made[volume.name] = join(folder, volume.name));
    mkdirSync(path, { recursive: true });
    if (volume.emptyDir) continue;
    try {
      write(path, filesOf(volume, pod, configuration));
    } catch (error) {
      if (!(error instanceof NotYet)) throw error;
      throw new NotYet(`MountVolume.SetUp failed for volume "${volume.name}" : ${error.message}`);
    }
  }
  if (spec.automountServiceAccountToken !== false) {
    made[TOKEN_PATH] = join(folder, 'kube-api-access');
    const files = Object.entries(configuration.tokenFiles(pod.namespace, pod.serviceAccountName));
    write(made[TOKEN_PATH], Object.fromEntries(files.map(([name, content]) => [name, { content, mode: DEFAULT_MODE }])));
  }
  return made;
}

export function mountsOf(container: Loose, made: Readonly<Record<string, string>>): Mount[] {
  const mounts = (container.volumeMounts ?? []).map(({ name, mountPath, readOnly = false, subPath = '' }: Loose) => ({
    source: join(made[name]!, subPath),
    target: normalize(mountPath).replace(/\/$/, ''),
    readOnly,
  }));
  const token = made[TOKEN_PATH];
  return token ? [...mounts, { source: token, target: TOKEN_PATH, readOnly: true }] : mounts;
}

function filesOf(source: Loose, pod: PodFacts, configuration: Configuration, defaultMode = DEFAULT_MODE): Files {
  const { secret, configMap, downwardAPI, projected } = source;
  if (projected)
    return Object.assign(
      {},
      ...projected.sources.map((one: Loose) => filesOf(one, pod, configuration, projected.defaultMode)),
    ) as Files;
  if (downwardAPI)
    return Object.fromEntries(
      downwardAPI.items.map(({ path, fieldRef }: Loose) => [
        path,
        { content: Buffer.from(fieldOf(fieldRef.fieldPath, pod)), mode: defaultMode },
      ]),
    ) as Files;
  const [kind, { name, secretName = name, items, optional, defaultMode: mode = defaultMode }] = secret
    ? (['Secret', secret] as const)
    : configMap
      ? (['ConfigMap', configMap] as const)
      : unknown(source);
  const entries = configuration.entries(kind, pod.namespace, secretName);
  if (!entries && !optional) throw new NotYet(`${kind.toLowerCase()} "${secretName}" not found`);
  const keys = items ?? Object.keys(entries ?? {}).map((key) => ({ key, path: key }));
  const files: Files = {};
  for (const { key, path, mode: own = mode } of keys) {
    const content = entries?.[key];
    if (content) files[path] = { content, mode: own };
    else if (!optional) throw new NotYet(`references non-existent ${kind === 'Secret' ? 'secret' : 'config'} key: ${key}`);
  }
  return files;
}

function write(folder: string, files: Files): void {
  for (const [path, { content, mode }] of Object.entries(files)) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    chmodSync(file, mode);
  }
}

function unknown(source: Loose): never {
  throw new Error(`a volume of this kind is not known to the cluster's double: ${Object.keys(source).join(', ')}`);
}

import type { Loose } from '../../support/objects.js';
import { NotYet, type Configuration } from './configuration.js';

/** What a container is told of its pod (the downward API). */
export interface PodFacts {
  name: string;
  namespace: string;
  uid: string;
  address: string;
  nodeName: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  serviceAccountName: string;
}

/**
 * What a container's process has in its environment beside what its image brings, as the kubelet puts it together.
 * @throws NotYet for what a Secret or ConfigMap has not
 */
export function environmentOf(container: Loose, pod: PodFacts, configuration: Configuration): Record<string, string> {
  const env: Record<string, string> = {};
  for (const { prefix = '', configMapRef, secretRef } of container.envFrom ?? []) {
    const [kind, { name, optional }] = configMapRef ? (['ConfigMap', configMapRef] as const) : (['Secret', secretRef] as const);
    const entries = configuration.entries(kind, pod.namespace, name);
    if (!entries && !optional) throw new NotYet(`${kind.toLowerCase()} "${name}" not found`);
    for (const [key, value] of Object.entries(entries ?? {})) env[`${prefix}${key}`] = value.toString();
  }
  for (const { name, value, valueFrom } of container.env ?? []) {
    const given = valueFrom ? valueOf(valueFrom, pod, configuration) : expand(value ?? '', env);
    if (given !== undefined) env[name] = given;
  }
  return env;
}

/** `$(NAME)` of what the container has; `$$(NAME)` stays as `$(NAME)`. */
export const expand = (text: string, env: Readonly<Record<string, string>>): string =>
  text.replace(/\$\$|\$\(([^)]+)\)/g, (whole, name: string | undefined) => (name === undefined ? '$' : (env[name] ?? whole)));

function valueOf(from: Loose, pod: PodFacts, configuration: Configuration): string | undefined {
  if (from.fieldRef) return fieldOf(from.fieldRef.fieldPath, pod);
  if (from.resourceFieldRef) throw new Error("resourceFieldRef is not known to the cluster's double");
  const [kind, ref] = from.secretKeyRef
    ? (['Secret', from.secretKeyRef] as const)
    : (['ConfigMap', from.configMapKeyRef] as const);
  const entries = configuration.entries(kind, pod.namespace, ref.name);
  if (!entries && !ref.optional) throw new NotYet(`${kind.toLowerCase()} "${ref.name}" not found`);
  const value = entries?.[ref.key];
  if (value === undefined && !ref.optional)
    throw new NotYet(`couldn't find key ${ref.key} in ${kind} ${pod.namespace}/${ref.name}`);
  return value?.toString();
}

/** @throws Error for a field that the double does not know */
export function fieldOf(path: string, pod: PodFacts): string {
  const fields: Record<string, string> = {
    'metadata.name': pod.name,
    'metadata.namespace': pod.namespace,
    'metadata.uid': pod.uid,
    'status.podIP': pod.address,
    'status.podIPs': pod.address,
    'status.hostIP': '10.42.0.1',
    'spec.nodeName': pod.nodeName,
    'spec.serviceAccountName': pod.serviceAccountName,
  };
  const [, of, key] = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path) ?? [];
  if (of) return pod[of as 'labels' | 'annotations'][key!] ?? '';
  if (!(path in fields)) throw new Error(`the field ${path} of a pod is not known to the cluster's double`);
  return fields[path]!;
}

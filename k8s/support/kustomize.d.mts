import type { KubernetesObject } from './objects.js';

export function kustomizeFiles(
  render: (values: object) => KubernetesObject[],
  overlays: Record<string, object>,
): Record<string, string>;
export function ours(objects: KubernetesObject[]): KubernetesObject[];

/** As far as checks look at what was rendered. */
export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Labels; annotations?: Labels };
  spec?: Loose;
  data?: Record<string, string>;
  [field: string]: unknown;
}

/** Whatever its kind has: the schemas check it. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Loose = any;
export type Labels = Record<string, string>;

export interface PodTemplate {
  /** `Deployment agencyos-kanban` */
  of: string;
  component: string;
  metadata: { labels: Labels; annotations?: Labels };
  spec: Loose;
}

const WORKLOADS = ['Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob'];

export const nameOf = ({ kind, metadata }: KubernetesObject): string => `${kind} ${metadata.name}`;

export const ofKind = (objects: readonly KubernetesObject[], kind: string): KubernetesObject[] =>
  objects.filter((object) => object.kind === kind);

/** @throws Error that says what there is */
export function find(objects: readonly KubernetesObject[], name: string): KubernetesObject {
  const found = objects.find((object) => nameOf(object) === name);
  if (!found) throw new Error(`There is no ${name}, but ${objects.map(nameOf).join(', ')}.`);
  return found;
}

export const podTemplates = (objects: readonly KubernetesObject[]): PodTemplate[] =>
  objects
    .filter(({ kind }) => WORKLOADS.includes(kind))
    .map((object) => {
      const { metadata, spec } = (object.spec.jobTemplate?.spec ?? object.spec).template;
      return { of: nameOf(object), component: metadata.labels['app.kubernetes.io/component'], metadata, spec };
    });

export const containersOf = ({ spec }: PodTemplate): Loose[] => [...(spec.initContainers ?? []), ...spec.containers];

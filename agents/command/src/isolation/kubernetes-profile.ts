import { z } from 'zod';
import { Slug } from '@agencyos/contracts';
import { isAmount } from '../jobs/quantity.js';

const Quantity = z.union([z.string().min(1), z.number().min(0)]).transform(String);
const Quantities = z.object({ cpu: Quantity, memory: Quantity.refine(isAmount, 'must be an amount of memory, like 512Mi') });
const Strings = z.record(z.string(), z.string());

/** How the commands of a role run as Jobs of Kubernetes. */
export const KubernetesProfile = z.strictObject({
  /** Where the Jobs are made: a namespace for that alone. */
  namespace: z.string().min(1),
  /** What a task may name as its `image`; where it names none, the one called `default`, or the only one. */
  images: z.record(Slug, z.string().min(1)).refine((images) => Object.keys(images).length > 0, 'must list an image'),
  resources: z.strictObject({ requests: Quantities.catchall(Quantity), limits: Quantities.catchall(Quantity) }).default({
    requests: { cpu: '100m', memory: '256Mi' },
    limits: { cpu: '2', memory: '1Gi' },
  }),
  /** Secrets of that namespace whose entries are variables of the command: none of them stands in the Job. */
  envFrom: z.array(z.string().min(1)).optional(),
  labels: Strings.default({}),
  runAsUser: z.int().min(1).optional(),
  fsGroup: z.int().min(1).optional(),
  nodeSelector: Strings.optional(),
  tolerations: z.array(z.record(z.string(), z.unknown())).optional(),
  affinity: z.record(z.string(), z.unknown()).optional(),
  priorityClassName: z.string().min(1).optional(),
  imagePullSecrets: z.array(z.strictObject({ name: z.string().min(1) })).optional(),
});
export type KubernetesProfile = z.infer<typeof KubernetesProfile>;

/** The image that a task asks for, or why it does not get one. */
export function imageFor(
  name: string | undefined,
  profile: KubernetesProfile | undefined,
): { image: string; profile: KubernetesProfile } | { refused: string } {
  if (!profile) {
    const own = 'This worker runs commands itself, in no image';
    return { refused: `${own}: leave "${name}" out, or let the worker's owner choose the driver kubernetes for the role.` };
  }
  const names = Object.keys(profile.images).sort();
  const chosen = name ?? (names.length === 1 ? names[0]! : 'default');
  const image = profile.images[chosen];
  if (image) return { image, profile };
  const what = name === undefined ? 'The task names no image' : `There is no image "${name}" for this role`;
  return { refused: `${what}: it may be ${names.map((one) => `"${one}"`).join(', ')}.` };
}

import { readFileSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { z } from 'zod';
import { Slug } from '@agencyos/contracts';
import { KubernetesProfile } from './kubernetes-profile.js';

const AbsolutePath = z
  .string()
  .refine(isAbsolute, 'must be an absolute path')
  .transform((path) => resolve(path));

/** Plain numbers: tools read a number with a unit as a few bytes. */
const Count = z.number().int().min(1);

const Fields = z.strictObject({
  /** Seen beside the workspace: `path`, under the name `as`, read-only unless `write`. */
  folders: z
    .array(z.strictObject({ path: AbsolutePath, as: AbsolutePath.optional(), write: z.boolean().default(false) }))
    .default([]),
  /** Names of variables that are handed on from the worker's own environment. */
  env: z.array(z.string().min(1)).default([]),
  /** The machine's network; else a command reaches nothing but itself. */
  network: z.boolean().default(false),
  /** A home that is kept from command to command, e.g. for a coding agent that keeps its log-in there. */
  home: z.boolean().default(false),
  /** What one command may take, where it is not what every command may. */
  limits: z.strictObject({ memoryMiB: Count, processes: Count, diskMiB: Count, outputMiB: Count }).partial().default({}),
  /** How its commands run: as processes of the worker's machine where it says nothing, or each as a Job of Kubernetes. */
  driver: z.enum(['process', 'kubernetes']).optional(),
  /** Of the driver `kubernetes`. */
  kubernetes: KubernetesProfile.optional(),
});

const IsolationProfile = Fields.superRefine(({ driver, kubernetes, folders, env, network, home, limits }, context) => {
  if ((driver === 'kubernetes') !== (kubernetes !== undefined))
    context.addIssue({ code: 'custom', path: ['kubernetes'], message: 'belongs to the driver kubernetes, which needs it' });
  if (
    driver === 'kubernetes' &&
    (folders.length > 0 || env.length > 0 || network || home || limits.memoryMiB || limits.processes)
  )
    context.addIssue({
      code: 'custom',
      message:
        'folders, env, network, home, memoryMiB and processes are of the driver process: a Job has its image, envFrom, resources and a NetworkPolicy',
    });
});
export type IsolationProfile = z.infer<typeof IsolationProfile>;

const ProfileFile = z.strictObject({ profiles: z.record(Slug, IsolationProfile) });

const nothing: IsolationProfile = IsolationProfile.parse({});

/** What the worker's owner lets the commands of each role see; no workflow has a say in it. */
export class Profiles {
  constructor(private readonly byRole: ReadonlyMap<string, IsolationProfile> = new Map()) {}

  forRole(role: string): IsolationProfile {
    return this.byRole.get(role) ?? nothing;
  }

  /** @throws ZodError */
  static of(profiles: z.input<typeof ProfileFile>['profiles']): Profiles {
    return new Profiles(new Map(Object.entries(ProfileFile.parse({ profiles }).profiles)));
  }

  /**
   * Reads `{"profiles": {"<role>": {…}}}` from each file that is there; what several files grant a role adds up.
   *
   * @throws Error naming the file and what is wrong in it
   */
  static read(files: readonly string[]): Profiles {
    const byRole = new Map<string, IsolationProfile>();
    for (const [role, more] of files.flatMap((file) => Object.entries(profilesIn(file)))) {
      const { folders, env, network, home, limits, ...driven } = byRole.get(role) ?? nothing;
      byRole.set(role, {
        ...driven,
        ...(more.driver && { driver: more.driver }),
        ...(more.kubernetes && { kubernetes: more.kubernetes }),
        folders: [...folders, ...more.folders],
        env: [...env, ...more.env],
        network: network || more.network,
        home: home || more.home,
        limits: { ...limits, ...more.limits },
      });
    }
    return new Profiles(byRole);
  }
}

function profilesIn(file: string): Record<string, IsolationProfile> {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new Error(`${file} cannot be read as JSON: ${(error as Error).message}`, { cause: error });
  }
  const parsed = ProfileFile.safeParse(json);
  if (parsed.success) return parsed.data.profiles;
  const wrong = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the whole'}: ${message}`);
  throw new Error(`${file} holds no profiles as they are wanted. ${wrong.join('; ')}`);
}

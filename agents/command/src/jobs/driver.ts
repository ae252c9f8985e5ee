import { randomUUID } from 'node:crypto';
import type { CommandInput } from '@agencyos/contracts';
import type { ContentClient, TaskContext } from '@agencyos/agent';
import { FileRefused } from '../files/file-refused.js';
import type { KubernetesProfile } from '../isolation/kubernetes-profile.js';
import { limitsOf, type Limits } from '../limits/limits.js';
import { environmentOf, type RanCommand } from '../run-here.js';
import { inputJson, placesIn } from '../workspace.js';
import { AHEAD_SECONDS } from './deadline.js';
import type { Delivery } from './delivery.js';
import { KubernetesApi, reachInPod, type KubernetesReach } from './kubernetes-api.js';
import { jobManifest, WORKSPACE } from './manifest.js';
import { bytesOf } from './quantity.js';
import { runJob, type JobTiming } from './run-job.js';
import { TaskFilesServer } from './task-files.js';

export interface JobsSettings {
  /** Of this worker: the helper in a Job runs it. */
  ownImage: string;
  /** Where Jobs reach this worker. */
  address: string;
  port: number;
  content: Pick<ContentClient, 'get'> | undefined;
  /** Where the Kubernetes API is, where not as a pod is told. */
  reach?: KubernetesReach;
  timing?: Partial<JobTiming>;
}

/** Where the profile's owner lets a command run. */
export interface ChosenImage {
  image: string;
  profile: KubernetesProfile;
  diskMiB?: number | undefined;
  outputMiB?: number | undefined;
}

export type JobsDriver = (context: TaskContext, input: CommandInput, chosen: ChosenImage) => Promise<RanCommand>;

/** Runs each command in a Job of Kubernetes of its own. */
export async function jobsDriver(settings: JobsSettings): Promise<{ run: JobsDriver; close(): void }> {
  const { ownImage, address, content, timing } = settings;
  const api = new KubernetesApi(settings.reach ?? reachInPod(process.env));
  const server = await TaskFilesServer.start({ host: address, port: settings.port }, content);
  const url = `http://${address.includes(':') ? `[${address}]` : address}:${server.port}`;
  const run: JobsDriver = async (context, input, { image, profile, ...most }) => {
    const { uses = {}, produces = {} } = input;
    const { task, signal } = context;
    const limits: Limits = { ...limitsOf(most), memoryBytes: bytesOf(profile.resources.limits.memory) };
    const files = server.openFor({ inputJson: inputJson(task, input.input, context.resume), uses, produces });
    const job = jobManifest({
      ...{ task, image, profile, ownImage, argv: input.run, diskBytes: limits.diskBytes, holder: randomUUID() },
      env: environmentOf(context, placesIn(WORKSPACE), { HOME: WORKSPACE, ...input.env }),
      files: { url, ticket: files.ticket },
      deadlineSeconds: Math.ceil(task.leaseMs / 1_000) + AHEAD_SECONDS,
    });
    let delivery: Delivery | undefined;
    const hopeless = new AbortController();
    const delivered = files.delivered.then((found) => {
      delivery = found;
      if (found.undeliverable) hopeless.abort();
    });
    try {
      const end = await runJob(job, {
        ...{ api, delivered, outputBytes: limits.outputBytes, followLease: context.followLease },
        signal: AbortSignal.any([signal, hopeless.signal]),
        onLine: (line) => context.log(line),
        ...(timing && { timing }),
      });
      const found = () => {
        if (delivery) return delivery;
        throw new FileRefused('not_delivered', 'What the command has left did not come: its node was taken away, say.');
      };
      if (delivery?.undeliverable) delivery.produced(); // throws why
      return { end, limits, result: async () => found().result(), produced: async () => found().produced() };
    } finally {
      files.close();
    }
  };
  return { run, close: () => server.stop() };
}

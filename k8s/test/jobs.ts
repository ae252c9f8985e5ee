import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { jobsDriver, commandHandler, Profiles, type TaskContext } from '@agencyos/agent-command/jobs';
import { newId, type Content } from '@agencyos/contracts';
import { ApiServerDouble } from '../double/api-server.js';
import { JobRunner } from '../double/job-runner.js';
import { ofKind, type Loose } from '../support/objects.js';
import { projectRoot, render } from '../support/rendered.js';

export const NAMESPACE = 'jobs';
const WORKER = 'agencyos-worker';
const rendered = () =>
  render({ agentJobs: { enabled: true, namespace: NAMESPACE, images: { default: 'tools:1', other: 'other:1' } } });

/** A worker of the role `check` with the profile and the rights that the chart renders, on a cluster's double. */
export class JobsWorld {
  readonly contents = new Map<string, Uint8Array>();
  lines: string[] = [];
  readonly images: Record<string, { env?: Record<string, string> } | undefined> = {
    'tools:1': {},
    'agencyos/agencyos:0.1.0': {},
  };
  private readonly closing: (() => unknown)[] = [];

  private constructor(
    readonly api: ApiServerDouble,
    readonly runner: JobRunner,
    readonly profile: Loose,
  ) {}

  static async start(): Promise<JobsWorld> {
    const api = await ApiServerDouble.start();
    const objects = rendered();
    api.apply(objects);
    const config = ofKind(objects, 'ConfigMap').find(({ metadata }) => metadata.name === 'agencyos-command-check-profile')!;
    const world: JobsWorld = new JobsWorld(
      api,
      new JobRunner(api, NAMESPACE, (name) => world.imageOf(name)),
      JSON.parse(config.data!['profiles.json']!).profiles,
    );
    return world;
  }

  /** Each is a worker's process of its own. */
  async worker(serviceAccount = WORKER) {
    const store = {
      get: async (digest: string) => this.contents.get(digest)!,
      put: async (bytes: string | Uint8Array, mediaType: string) => this.stored(bytes, mediaType),
    };
    const reach = { url: this.api.url, token: () => this.api.access.tokenOf('agencyos', serviceAccount) };
    const jobs = await jobsDriver({
      ...{ ownImage: 'agencyos/agencyos:0.1.0', address: '127.0.0.1', port: 0, content: store, reach },
      timing: { askMs: 50, placeMs: 200 },
    });
    this.closing.push(() => jobs.close());
    const guard = { watch: () => undefined, release: () => undefined };
    return commandHandler({
      ...{ workspaces: '/nonexistent', guard, content: store, jobs: jobs.run, profiles: Profiles.of(this.profile) },
    });
  }

  stored(given: string | Uint8Array, mediaType = 'text/plain'): Content {
    const bytes = Buffer.from(given);
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    this.contents.set(digest, bytes);
    return { digest, bytes: bytes.length, mediaType };
  }

  context(input: object, more: Partial<TaskContext> = {}, attempt = 1, runId = newId()): TaskContext {
    return {
      task: { runId, taskId: 'build', attempt, role: 'check', leaseMs: 6_000, timeoutMs: 60_000 },
      input,
      signal: new AbortController().signal,
      log: (line) => this.lines.push(line),
      progress: () => undefined,
      ...more,
    };
  }

  jobs = (): Loose[] => this.api.stored.list({ group: 'batch', namespace: NAMESPACE, resource: 'jobs' }).items;
  pods = (): Loose[] => this.api.stored.list({ group: '', namespace: NAMESPACE, resource: 'pods' }).items;

  async stop(): Promise<void> {
    for (const close of this.closing) close();
    await this.runner.stop();
    await this.api.stop();
  }

  private imageOf(name: string) {
    const known = this.images[name];
    const env = { PATH: `${dirname(process.execPath)}:/usr/bin:/bin`, ...known?.env };
    return known && { entrypoint: [process.execPath], cwd: projectRoot, env };
  }
}

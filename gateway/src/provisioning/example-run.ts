import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { ids } from '@agencyos/contracts';
import { isRejection } from '@agencyos/decider';
import { Commands, ContentStore, Logger, pause, RuntimeConfig } from '@agencyos/runtime';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { GatewayConfig } from '../config.js';
import { ServicePings } from '../operations/service-pings.js';
import { GATEWAY_CONFIG } from '../tokens.js';

const NAME = 'example-run';
export const EXAMPLE_WORKFLOW = 'release-check';
const NEEDED = ['kanban', 'swarm', 'approvals'];

/** The run that is already going when somebody first looks: the example workflow on a real repository, once. */
@Injectable()
export class ExampleRun {
  constructor(
    private readonly runtime: RuntimeConfig,
    @Inject(GATEWAY_CONFIG) private readonly config: GatewayConfig,
    private readonly database: DataSource,
    private readonly content: ContentStore,
    private readonly commands: Commands,
    private readonly pings: ServicePings,
    private readonly logger: Logger,
  ) {}

  async start(signal: AbortSignal): Promise<void> {
    const { example } = this.config;
    if (!example || (await this.wasStarted())) return;
    while (!signal.aborted && !NEEDED.every((service) => this.pings.answers(service))) await pause(100, signal);
    if (signal.aborted) return;
    try {
      await this.publish(example.workflow);
      await this.run(example);
      this.logger.info({}, 'the example is running');
    } catch (error) {
      // A fault is tried again by whoever runs us; a refusal will not change.
      if (!isRejection(error) || error.status >= 500) throw error;
      if (error.code !== 'already_exists' && error.code !== 'idempotency_conflict') {
        return this.logger.error({ code: error.code, details: error.details }, 'the example was refused');
      }
    }
    await this.database.query('INSERT INTO seed (name) VALUES ($1) ON CONFLICT DO NOTHING', [NAME]);
  }

  private async wasStarted(): Promise<boolean> {
    const [row] = await this.database.query<unknown[]>('SELECT 1 FROM seed WHERE name = $1', [NAME]);
    return row !== undefined;
  }

  private async publish(workflow: string): Promise<void> {
    const spec = await this.content.put(await readFile(workflow), 'application/yaml');
    await this.execute('PublishWorkflow', 'workflow:publish', spec.digest, {
      workflowId: EXAMPLE_WORKFLOW,
      spec,
      digest: spec.digest,
    });
  }

  private async run({ workflow, repository }: { workflow: string; repository: string }): Promise<void> {
    const { installationId } = this.runtime;
    const steps = join(dirname(resolve(workflow)), 'steps');
    await this.execute('StartRun', 'run:operate', 'run', {
      runId: ids.seed(installationId, `run/${EXAMPLE_WORKFLOW}`),
      workflowId: EXAMPLE_WORKFLOW,
      input: { value: { repository, steps } },
      cause: { kind: 'setup' },
      boardId: ids.seed(installationId, 'board/release'),
    });
  }

  private async execute(type: string, permission: string, what: string, data: object): Promise<void> {
    const id = ids.seed(this.runtime.installationId, `command/${type}/${what}`);
    await this.commands.execute(type, data, {
      id,
      metadata: { actor: 'system:setup', permissions: [permission] },
    });
  }
}

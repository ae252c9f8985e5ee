import type { WorkflowEvent } from '@agencyos/contracts';
import { type Refusable, Rejection, rejection } from '@agencyos/decider';
import type { ContentStore, EventStore } from '@agencyos/runtime';
import type { Parsed } from '../workflow/parse-workflow.js';
import { ParserThread, TooMuchToRead } from './parser-thread.js';
import type { WorkflowDefinition } from '../workflow/workflow-definition.js';

const KEPT_DEFINITIONS = 200;

/** Workflow files out of the content store, parsed once per digest: what a digest means never changes. */
export class WorkflowLibrary {
  private readonly definitions = new Map<string, WorkflowDefinition>();

  constructor(
    private readonly content: ContentStore,
    private readonly store: EventStore,
    private readonly parser = new ParserThread(),
  ) {}

  /** What is to be published. @throws Rejection content_missing */
  async examine(command: Refusable<'content_missing' | 'invalid'>, digest: string, bytes: number): Promise<Parsed> {
    const content = (await this.content.has(digest)) ? await this.content.get(digest) : undefined;
    if (!content)
      throw rejection(command, 'content_missing', {
        field: 'spec',
        detail: 'Store the file under its digest first.',
      });
    if (content.bytes.byteLength !== bytes) {
      const detail = `The file has ${content.bytes.byteLength} bytes.`;
      throw rejection(command, 'invalid', { field: 'spec.bytes', detail });
    }
    try {
      return await this.parser.parse(content.bytes);
    } catch (error) {
      if (!(error instanceof TooMuchToRead)) throw error;
      return { problems: [{ code: 'too_large', message: error.message, path: '' }], gates: [] };
    }
  }

  /** The definition of a published version. @throws Error when the content is gone or says something else today. */
  async definitionOf(digest: string): Promise<WorkflowDefinition> {
    const known = this.definitions.get(digest);
    if (known) return known;
    const content = await this.content.get(digest);
    if (!content) throw new Error(`the workflow ${digest} is not in the content store`);
    const parsed = await this.read(digest, content.bytes);
    if ('problems' in parsed) throw new Error(`the workflow ${digest} is not understood: ${parsed.problems[0]?.message}`);
    this.definitions.set(digest, parsed.definition);
    if (this.definitions.size > KEPT_DEFINITIONS) this.definitions.delete(this.definitions.keys().next().value!);
    return parsed.definition;
  }

  /** It has been read before, when it was published: a machine that is too slow for it now is asked again. */
  private async read(digest: string, bytes: Uint8Array): Promise<Parsed> {
    try {
      return await this.parser.parse(bytes);
    } catch (error) {
      if (!(error instanceof TooMuchToRead)) throw error;
      throw new Rejection('busy', { detail: `The workflow ${digest} could not be read in time.`, retryAfterMs: 1_000 });
    }
  }

  /** The definition of one version, as it was published. */
  async version(workflowId: string, version: number): Promise<WorkflowDefinition | undefined> {
    const published = await this.published(workflowId, { version });
    return published && this.definitionOf(published.digest);
  }

  /** A version of a workflow, the last one by default; from its stream, so that what was just published is found. */
  async published(
    workflowId: string,
    { version, digest }: { version?: number | undefined; digest?: string | undefined } = {},
  ): Promise<{ version: number; digest: string } | undefined> {
    let found: { version: number; digest: string } | undefined;
    for await (const { type, data } of this.store.read(`workflow-${workflowId}`)) {
      if (type !== 'WorkflowPublished') continue;
      const published = data as WorkflowEvent['data'];
      const wanted = version === undefined || published.version === version;
      if (wanted && (digest === undefined || published.digest === digest)) found = published;
    }
    return found;
  }
}

import type { WorkflowEvent, WorkflowProblem } from '@agencyos/contracts';
import { Rejection } from '@agencyos/decider';
import type { ContentStore, EventStore } from '@agencyos/runtime';
import { parseWorkflow, type Parsed } from './parse-workflow.js';
import type { WorkflowSpec } from './workflow-spec.js';

const KEPT_SPECS = 200;

/** Workflow files out of the content store, parsed once per digest: what a digest means never changes. */
export class WorkflowLibrary {
  private readonly specs = new Map<string, WorkflowSpec>();

  constructor(
    private readonly content: ContentStore,
    private readonly store: EventStore,
  ) {}

  /** What is to be published. @throws Rejection content_missing */
  async examine(digest: string, bytes: number): Promise<Parsed> {
    const content = await this.content.get(digest);
    if (!content)
      throw new Rejection('content_missing', {
        field: 'spec',
        detail: 'Store the file under its digest first.',
      });
    if (content.bytes.byteLength !== bytes) {
      const detail = `The file has ${content.bytes.byteLength} bytes.`;
      throw new Rejection('invalid', { field: 'spec.bytes', detail });
    }
    return parse(content.bytes);
  }

  /** The specification of a published version. @throws Error when the content is gone or says something else today. */
  async specOf(digest: string): Promise<WorkflowSpec> {
    const known = this.specs.get(digest);
    if (known) return known;
    const content = await this.content.get(digest);
    if (!content) throw new Error(`the workflow ${digest} is not in the content store`);
    const parsed = parse(content.bytes);
    if ('problems' in parsed)
      throw new Error(`the workflow ${digest} is not understood: ${parsed.problems[0]?.message}`);
    this.specs.set(digest, parsed.spec);
    if (this.specs.size > KEPT_SPECS) this.specs.delete(this.specs.keys().next().value!);
    return parsed.spec;
  }

  /** The specification of one version, as it was published. */
  async version(workflowId: string, version: number): Promise<WorkflowSpec | undefined> {
    const published = await this.published(workflowId, { version });
    return published && this.specOf(published.digest);
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

function parse(bytes: Uint8Array): Parsed {
  let source: string;
  try {
    source = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    const problem: WorkflowProblem = { code: 'yaml', message: 'the file is not UTF-8', path: '' };
    return { problems: [problem] };
  }
  return parseWorkflow(source);
}

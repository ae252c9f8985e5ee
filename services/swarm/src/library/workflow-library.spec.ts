import type { ContentStore, EventStore } from '@agencyos/runtime';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { TooMuchToRead, type ParserThread } from './parser-thread.js';
import { WorkflowLibrary } from './workflow-library.js';

const command = { type: 'PublishWorkflow' } as const;
const digest = (n: number) => `sha256:${n}`;
let stored: Map<string, Uint8Array>;
let parsed: string[];
let answer: (text: string) => object;
let log: { type: string; data: object }[];
let library: WorkflowLibrary;

beforeEach(() => {
  [stored, parsed, log] = [new Map([[digest(1), Buffer.from('one')]]), [], []];
  answer = (text) => ({ definition: { workflowId: text }, gates: [] });
  const content = {
    has: async (key: string) => stored.has(key),
    get: async (key: string) => {
      const bytes = stored.get(key);
      return bytes && { bytes };
    },
  };
  const parser = {
    async parse(bytes: Uint8Array) {
      parsed.push(Buffer.from(bytes).toString());
      return answer(parsed.at(-1)!);
    },
  };
  const store = {
    async *read(stream: string) {
      if (stream === 'workflow-w') yield* log;
    },
  };
  library = new WorkflowLibrary(
    content as unknown as ContentStore,
    store as unknown as EventStore,
    parser as unknown as ParserThread,
  );
});
const tooMuch = () => {
  throw new TooMuchToRead('it takes too long to read');
};
const broken = () => {
  throw new Error('the thread broke');
};

describe('a file that is to be published', () => {
  it('is examined as it lies in the content store', async () =>
    expect(await library.examine(command, digest(1), 3)).toEqual({ definition: { workflowId: 'one' }, gates: [] }));

  it('is refused where it does not lie there, or is another', async () => {
    await expect(library.examine(command, digest(2), 3)).rejects.toMatchObject({
      code: 'content_missing',
      details: { field: 'spec' },
    });
    await expect(library.examine(command, digest(1), 4)).rejects.toMatchObject({
      code: 'invalid',
      details: { field: 'spec.bytes', detail: 'The file has 3 bytes.' },
    });
    expect(parsed).toEqual([]);
  });

  it('that is too much to read has that for its problem', async () => {
    answer = tooMuch;
    expect(await library.examine(command, digest(1), 3)).toEqual({
      problems: [{ code: 'too_large', message: 'it takes too long to read', path: '' }],
      gates: [],
    });
    answer = broken;
    await expect(library.examine(command, digest(1), 3)).rejects.toThrow('the thread broke');
  });
});

describe('the specification of a published version', () => {
  it('is read once, for what a digest means never changes', async () => {
    for (let n = 0; n < 3; n++) expect(await library.definitionOf(digest(1))).toEqual({ workflowId: 'one' });
    expect(parsed).toEqual(['one']);
  });

  it('is read again when two hundred others were read since', async () => {
    for (let n = 1; n <= 200; n++) {
      stored.set(digest(n), Buffer.from(String(n)));
      await library.definitionOf(digest(n));
    }
    await library.definitionOf(digest(1));
    expect(parsed).toHaveLength(200);
    stored.set(digest(201), Buffer.from('201'));
    await library.definitionOf(digest(201));
    await library.definitionOf(digest(1));
    expect(parsed).toHaveLength(202);
  });

  it('is a fault where it is gone, or says something else today', async () => {
    await expect(library.definitionOf(digest(2))).rejects.toThrow('the workflow sha256:2 is not in the content store');
    answer = () => ({ problems: [{ message: 'there is no role' }] });
    await expect(library.definitionOf(digest(1))).rejects.toThrow('the workflow sha256:1 is not understood: there is no role');
  });

  it('is asked for again where this machine was too slow for it', async () => {
    answer = tooMuch;
    await expect(library.definitionOf(digest(1))).rejects.toMatchObject({ code: 'busy', details: { retryAfterMs: 1_000 } });
    answer = broken;
    await expect(library.definitionOf(digest(1))).rejects.toThrow('the thread broke');
  });
});

describe('what was published', () => {
  beforeEach(() => {
    log = [1, 2, 3].map((version) => ({
      type: 'WorkflowPublished',
      data: { version, digest: digest(version === 3 ? 1 : version) },
    }));
    log.push({ type: 'Other', data: { version: 4, digest: digest(4) } });
  });
  const found = async (...wanted: Parameters<WorkflowLibrary['published']>) => (await library.published(...wanted))?.version;

  it('last is what runs, unless another version or digest is wanted', async () => {
    expect(await found('w')).toBe(3);
    expect(await found('w', { version: 2 })).toBe(2);
    expect(await found('w', { digest: digest(2) })).toBe(2);
    expect(await found('w', { digest: digest(1) })).toBe(3);
    expect(await found('w', { version: 1, digest: digest(1) })).toBe(1);
  });

  it('is nothing where nothing fits', async () => {
    expect(await found('other')).toBeUndefined();
    expect(await found('w', { version: 4 })).toBeUndefined();
    expect(await found('w', { version: 2, digest: digest(1) })).toBeUndefined();
  });

  it('is specified by its version', async () => {
    expect(await library.version('w', 3)).toEqual({ workflowId: 'one' });
    expect(await library.version('w', 9)).toBeUndefined();
  });
});

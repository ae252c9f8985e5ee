import { createHash } from 'node:crypto';
import { dataFault } from '@agencyos/contracts';
import { z } from 'zod';

/** One row of a service that stands at a position of the log, or was made from what lies before it. */
export const StateRow = z.object({
  service: z.string(),
  table: z.enum(['consumer', 'memory', 'timer', 'parked', 'checkpoint', 'cursor']),
  row: z.record(z.string(), z.unknown()),
});
export type StateRow = z.infer<typeof StateRow>;

export const EventLine = z.object({
  kind: z.literal('event'),
  /** In the log that was exported. */
  position: z.string().regex(/^\d+$/),
  stream: z.string(),
  revision: z.number(),
  id: z.string(),
  type: z.string(),
  schema: z.number(),
  data: z.record(z.string(), z.unknown()),
  metadata: z.looseObject({
    commandId: z.string(),
    commandDigest: z.string(),
    actor: z.string(),
    recordedAt: z.string(),
  }),
});
export type EventLine = z.infer<typeof EventLine>;

/** What a line of an exported log says. */
export const Line = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('log'),
    version: z.literal(1),
    identity: z.string(),
    installationId: z.string(),
  }),
  EventLine,
  z.object({ kind: z.literal('content'), digest: z.string(), mediaType: z.string(), base64: z.string() }),
  /** The services' rows follow; those of an earlier part of the file are out of date. */
  z.object({ kind: z.literal('states') }),
  StateRow.extend({ kind: z.literal('state') }),
  z.object({ kind: z.literal('end'), events: z.number(), contents: z.number() }),
]);
export type Line = z.infer<typeof Line>;

const Chained = z.object({ body: z.unknown(), hash: z.string() });

/** The file is not what was exported. */
export class BrokenExport extends Error {
  override readonly name = 'BrokenExport';
}

/** What lines say, and what the whole of them is called. */
interface Reading<L> {
  lines: z.ZodType<L>;
  whole: string;
}

/** SHA-256 over the hash before and the line's JSON: no line can be changed, moved or left out unnoticed. */
export class HashChain<L extends { kind: string } = Line> {
  private previous = '';
  private before = '';

  constructor(private readonly reading = { lines: Line, whole: 'an exported log' } as unknown as Reading<L>) {}

  /** Stands for everything up to the last line. */
  get digest(): string {
    return this.previous;
  }

  /** The text of the next line, without line feed. */
  write(body: L): string {
    const json = JSON.stringify(body);
    return `{"body":${json},"hash":"${this.next(json)}"}`;
  }

  /** @throws BrokenExport */
  read(text: string, number: number): L {
    let parsed: z.infer<typeof Chained>;
    let body: L;
    try {
      parsed = Chained.parse(JSON.parse(text));
      body = this.reading.lines.parse(parsed.body);
    } catch {
      throw new BrokenExport(`line ${number} is no line of ${this.reading.whole}`);
    }
    if (this.next(JSON.stringify(parsed.body)) !== parsed.hash) {
      throw new BrokenExport(`line ${number} is not as it was written: its hash differs`);
    }
    // What an event says was recorded once and stays as it is: it is cleaned when it is read, here as in its first log.
    const checked = body.kind === 'event' ? { ...body, data: {}, metadata: {} } : body;
    const fault = dataFault(checked);
    if (fault) throw new BrokenExport(`line ${number}: ${fault.path} ${fault.why}`);
    return body;
  }

  /** As if the last line had not been. */
  undo(): void {
    this.previous = this.before;
  }

  private next(json: string): string {
    this.before = this.previous;
    this.previous = createHash('sha256').update(this.previous).update(json).digest('hex');
    return this.previous;
  }
}

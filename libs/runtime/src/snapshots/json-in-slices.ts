/** Longest time for which the thread is kept from other work. */
const SLICE_MS = 4;
/** The parts of a state that are large are lists and tables this deep in it. */
const LEVELS = 4;
/** Characters between looks at the clock. */
const BUFFERED = 16 * 1024;

export class JsonTooLarge extends Error {
  override readonly name = 'JsonTooLarge';
}

/**
 * The JSON of a large value that nobody changes meanwhile, written with rests for other work in between.
 * @throws JsonTooLarge
 */
export async function jsonInSlices(value: unknown, mostBytes: number): Promise<Buffer> {
  const buffers: Buffer[] = [];
  let text = '';
  let bytes = 0;
  const flush = () => {
    const buffer = Buffer.from(text);
    bytes += buffer.length;
    if (bytes > mostBytes) throw new JsonTooLarge(`it has more than ${mostBytes} bytes`);
    buffers.push(buffer);
    text = '';
  };
  let since = performance.now();
  for (const part of partsOf(value, LEVELS)) {
    text += part;
    if (text.length < BUFFERED) continue;
    flush();
    if (performance.now() - since < SLICE_MS) continue;
    await new Promise((resolve) => setImmediate(resolve));
    since = performance.now();
  }
  flush();
  return Buffer.concat(buffers);
}

function* partsOf(value: unknown, levels: number): Generator<string> {
  const plain = hasJson(value) ? value.toJSON() : value;
  if (levels === 0 || typeof plain !== 'object' || plain === null || isOfValues(plain)) {
    yield JSON.stringify(plain) ?? 'null';
  } else if (Array.isArray(plain)) {
    yield '[';
    for (const [n, member] of plain.entries()) {
      if (n > 0) yield ',';
      yield* partsOf(member, levels - 1);
    }
    yield ']';
  } else {
    yield '{';
    let comma = '';
    for (const [name, member] of Object.entries(plain)) {
      if (member === undefined) continue;
      yield `${comma}${JSON.stringify(name)}:`;
      yield* partsOf(member, levels - 1);
      comma = ',';
    }
    yield '}';
  }
}

/** A list that begins so is not where a state is large. */
const isOfValues = (value: object): boolean => Array.isArray(value) && typeof value[0] !== 'object';

const hasJson = (value: unknown): value is { toJSON(): unknown } =>
  typeof value === 'object' && value !== null && 'toJSON' in value && typeof value.toJSON === 'function';

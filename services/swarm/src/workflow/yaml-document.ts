import { cutText, WORKFLOW_LIMITS, type WorkflowProblem } from '@agencyos/contracts';
import { readLeniently } from './lenient-yaml.js';
import { readStrictly } from './strict-yaml.js';
import type { YamlPlace } from './yaml-places.js';
import type { YamlFault, YamlRead } from './yaml-value.js';

type Path = readonly PropertyKey[];

/** A workflow file that is at least YAML: its plain value, and where each part of it stands. */
export class YamlDocument {
  /** How often all of the file was looked through to find places: once at most, however many are asked for. */
  looked = 0;
  private places: YamlPlace | undefined;
  /** Keys that stand in one place twice, or may stand nowhere. */
  readonly repeated: WorkflowProblem[];

  private constructor(
    private readonly lines: Lines,
    private readonly read: YamlRead,
  ) {
    this.repeated = lines.problems(read.faults);
  }

  get value(): unknown {
    return this.read.value;
  }

  /** Never takes long, whatever it is given: bounded size, no merges, few aliases, no deep nesting. */
  static parse(source: string): YamlDocument | WorkflowProblem[] {
    const lines = new Lines(source);
    const refused = (message: string, code: YamlFault['code'] = 'too_large', at = -1) => lines.problems([{ code, message, at }]);
    const bytes = Buffer.byteLength(source);
    if (bytes > WORKFLOW_LIMITS.fileBytes)
      return refused(`the file has ${bytes} bytes; at most ${WORKFLOW_LIMITS.fileBytes} are allowed`);
    const nul = source.indexOf('\0');
    if (nul >= 0) return refused('the file holds a NUL character', 'yaml', nul);
    const read = readStrictly(source) ?? readLeniently(source);
    if (Array.isArray(read)) return lines.problems(read);
    if (read.aliases > WORKFLOW_LIMITS.aliases)
      return refused(`the file has ${read.aliases} aliases; at most ${WORKFLOW_LIMITS.aliases} are allowed`);
    const large = read.faults.find(({ code }) => code === 'too_large');
    return large ? lines.problems([large]) : new YamlDocument(lines, read);
  }

  /** Line and column of the nearest written part; of the key itself when `key` is given. */
  position(path: Path, key?: string): { line?: number; column?: number } {
    this.places ??= this.look();
    let place: YamlPlace | undefined = this.places;
    let { at } = place;
    for (const part of path) {
      place = place.items ? place.items[Number(part)] : place.members?.get(String(part))?.value;
      if (!place) break;
      if (place.at >= 0) ({ at } = place);
    }
    const written = key === undefined ? undefined : place?.members?.get(key);
    return this.lines.of(written?.key ?? at);
  }

  problem(code: WorkflowProblem['code'], path: Path, message: string, key?: string): WorkflowProblem {
    return {
      code,
      message,
      path: cutText(pathText(key === undefined ? path : [...path, key]), PATH_CHARACTERS),
      ...this.position(path, key),
    };
  }

  private look(): YamlPlace {
    this.looked++;
    return this.read.places();
  }
}

/** Line and column of a place in the source, from 1. */
class Lines {
  private starts: number[] | undefined;

  constructor(private readonly source: string) {}

  of(at: number): { line?: number; column?: number } {
    if (at < 0) return {};
    const starts = (this.starts ??= lineStartsOf(this.source));
    let [low, high] = [0, starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (starts[middle]! <= at) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: at - starts[low]! + 1 };
  }

  problems(faults: readonly YamlFault[]): WorkflowProblem[] {
    return faults.map(({ at, ...fault }) => ({ ...fault, path: '', ...this.of(at) }));
  }
}

function lineStartsOf(source: string): number[] {
  const starts = [0];
  for (let at = source.indexOf('\n'); at >= 0; at = source.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

const PATH_CHARACTERS = 300;

/** `tasks[3].needs[0]` */
export function pathText(path: Path): string {
  return path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : text ? `${text}.${String(part)}` : String(part)),
    '',
  );
}

import { cutText, WORKFLOW_LIMITS, type WorkflowProblem } from '@agencyos/contracts';
import {
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type Node,
  type Pair,
  type YAMLMap,
} from 'yaml';

type Path = readonly PropertyKey[];

/** A workflow file that is at least YAML: its plain value, and where each part of it stands. */
export class YamlDocument {
  /** Members that were looked at to find places: of each object at most once, however many places are asked for. */
  looked = 0;
  private readonly pairs = new WeakMap<YAMLMap, Map<unknown, Pair>>();

  private constructor(
    private readonly document: Document,
    private readonly lines: LineCounter,
    readonly value: unknown,
    /** Keys that stand in one place twice, or may stand nowhere. */
    readonly repeated: WorkflowProblem[],
  ) {}

  /** Never takes long, whatever it is given: bounded size, no merges, few aliases, no deep nesting. */
  static parse(source: string): YamlDocument | WorkflowProblem[] {
    const bytes = Buffer.byteLength(source);
    if (bytes > WORKFLOW_LIMITS.fileBytes) {
      const message = `the file has ${bytes} bytes; at most ${WORKFLOW_LIMITS.fileBytes} are allowed`;
      return [{ code: 'too_large', message, path: '' }];
    }
    const unfit = unfitText(source);
    if (unfit) return [unfit];
    const lines = new LineCounter();
    let document: Document;
    try {
      document = parseDocument(source, {
        lineCounter: lines,
        merge: false,
        uniqueKeys: false,
        strict: true,
        stringKeys: true,
      });
    } catch {
      return [{ code: 'yaml', message: 'the file is nested too deeply', path: '' }];
    }
    if (document.errors.length > 0) {
      return document.errors.slice(0, 20).map((error) => ({
        code: 'yaml' as const,
        message: error.message.split('\n')[0]!.replace(/ at line \d+, column \d+:?$/, ''),
        path: '',
        line: lines.linePos(error.pos[0]).line,
        column: lines.linePos(error.pos[0]).col,
      }));
    }
    const aliases = countAliases(document);
    if (aliases > WORKFLOW_LIMITS.aliases) {
      const message = `the file has ${aliases} aliases; at most ${WORKFLOW_LIMITS.aliases} are allowed`;
      return [{ code: 'too_large', message, path: '' }];
    }
    try {
      const value = document.toJS({ maxAliasCount: WORKFLOW_LIMITS.aliases }) as unknown;
      return new YamlDocument(document, lines, value, repeatedKeys(document, lines));
    } catch {
      return [{ code: 'too_large', message: 'its aliases expand to too much', path: '' }];
    }
  }

  /** Number of items at a path, without reading them. */
  lengthAt(path: Path): number {
    const node = this.document.getIn(path as unknown[], true);
    return isSeq(node) ? node.items.length : 0;
  }

  /** Line and column of the nearest written part; of the key itself when `key` is given. */
  position(path: Path, key?: string): { line?: number; column?: number } {
    let node = this.document.contents as Node | null | undefined;
    let at = node?.range;
    for (const part of path) {
      node = this.member(node, part);
      if (!node) break;
      at = node.range ?? at;
    }
    const pair = key === undefined || !isMap(node) ? undefined : this.pairsOf(node).get(key);
    if (isScalar(pair?.key)) at = pair.key.range ?? at;
    if (!at) return {};
    const { line, col } = this.lines.linePos(at[0]);
    return { line, column: col };
  }

  private member(node: unknown, part: PropertyKey): Node | undefined {
    if (isSeq(node)) return node.items[part as number] as Node | undefined;
    return isMap(node) ? (this.pairsOf(node).get(part)?.value as Node | undefined) : undefined;
  }

  private pairsOf(map: YAMLMap): Map<unknown, Pair> {
    let pairs = this.pairs.get(map);
    if (pairs) return pairs;
    this.pairs.set(map, (pairs = new Map()));
    for (const pair of map.items) {
      this.looked++;
      if (isScalar(pair.key)) pairs.set(pair.key.value, pair);
    }
    return pairs;
  }

  problem(code: WorkflowProblem['code'], path: Path, message: string, key?: string): WorkflowProblem {
    return {
      code,
      message,
      path: cutText(pathText(key === undefined ? path : [...path, key]), PATH_CHARACTERS),
      ...this.position(path, key),
    };
  }
}

const PATH_CHARACTERS = 300;

/** `tasks[3].needs[0]` */
export function pathText(path: Path): string {
  return path.reduce<string>(
    (text, part) =>
      typeof part === 'number' ? `${text}[${part}]` : text ? `${text}.${String(part)}` : String(part),
    '',
  );
}

const MAX_NESTING = 64;

/** What would only be found after much work, or would reach logs and screens as something else. */
function unfitText(source: string): WorkflowProblem | undefined {
  let line = 1;
  let flow = 0;
  for (const character of source) {
    if (character === '\n') line++;
    else if (character === '\0')
      return { code: 'yaml', message: 'the file holds a NUL character', path: '', line };
    else if (character === '[' || character === '{') flow++;
    else if (character === ']' || character === '}') flow--;
    if (flow > MAX_NESTING)
      return { code: 'yaml', message: `more than ${MAX_NESTING} brackets are open`, path: '', line };
  }
  const deep = /(?:[-?] ){64}/.test(source);
  return deep ? { code: 'yaml', message: 'the file is nested too deeply', path: '' } : undefined;
}

function countAliases(document: Document): number {
  let count = 0;
  visit(document, { Alias: () => void count++ });
  return count;
}

function repeatedKeys(document: Document, lines: LineCounter): WorkflowProblem[] {
  const problems: WorkflowProblem[] = [];
  visit(document, {
    Map(_, map) {
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        const forbidden = key.value === '__proto__' || key.value === '<<';
        if (forbidden || seen.has(key.value)) {
          const { line, col } = lines.linePos(key.range?.[0] ?? 0);
          const message = forbidden
            ? `the key "${String(key.value)}" is not allowed`
            : `the key "${String(key.value)}" stands here twice`;
          problems.push({ code: 'yaml', message, path: '', line, column: col });
        }
        seen.add(key.value);
      }
      return problems.length > 20 ? visit.BREAK : undefined;
    },
  });
  return problems;
}

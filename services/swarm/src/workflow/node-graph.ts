import { needsOf, type WrittenNode } from './written-file.js';

/** Who needs whom, as far as the file says. */
export class NodeGraph {
  /** The first of each id. */
  readonly byId = new Map<string, WrittenNode>();
  private readonly repeated = new Set<string>();
  private before: ReadonlyMap<WrittenNode, Uint32Array> | undefined;
  private readonly places: ReadonlyMap<WrittenNode, number>;

  constructor(private readonly nodes: readonly WrittenNode[]) {
    this.places = new Map(nodes.map((node, place) => [node, place]));
    for (const node of nodes) {
      if (node.id === undefined) continue;
      if (this.byId.has(node.id)) this.repeated.add(node.id);
      else this.byId.set(node.id, node);
    }
  }

  needed(node: WrittenNode): WrittenNode[] {
    return [...new Set(needsOf(node))].flatMap((id) => this.byId.get(id) ?? []);
  }

  /** Whether it is finished when the node starts; true also where mistakes leave open what the node needs. */
  mayBeFinished(candidate: WrittenNode, node: WrittenNode): boolean {
    this.before ??= this.follow();
    const before = this.before.get(node);
    if (!before) return true;
    const place = this.places.get(candidate)!;
    return (before[place >>> 5]! & (1 << (place & 31))) !== 0;
  }

  /**
   * Who comes before whom: a bit per pair (10,000 nodes take 12 MB), worked out when first asked. Nothing for those that
   * are in a cycle or after one, or after something that is not there.
   */
  private follow(): Map<WrittenNode, Uint32Array> {
    const words = Math.ceil(this.nodes.length / 32);
    const before = new Map<WrittenNode, Uint32Array>();
    const waitsFor = new Map<WrittenNode, number>();
    const dependants = new Map<WrittenNode, WrittenNode[]>();
    const next: WrittenNode[] = [];
    for (const node of this.nodes) {
      const needed = this.needed(node);
      waitsFor.set(node, this.isClear(node) ? needed.length : Infinity);
      if (waitsFor.get(node) === 0) next.push(node);
      for (const one of needed) {
        const known = dependants.get(one);
        if (known) known.push(node);
        else dependants.set(one, [node]);
      }
    }
    for (const node of next) {
      const own = new Uint32Array(words);
      for (const one of this.needed(node)) {
        const place = this.places.get(one)!;
        own[place >>> 5]! |= 1 << (place & 31);
        for (const [word, value] of before.get(one)!.entries()) own[word]! |= value;
      }
      before.set(node, own);
      for (const dependant of dependants.get(node) ?? []) {
        const left = waitsFor.get(dependant)! - 1;
        waitsFor.set(dependant, left);
        if (left === 0) next.push(dependant);
      }
    }
    return before;
  }

  private isClear(node: WrittenNode): boolean {
    const { id, wrong } = node;
    if (wrong.has('needs') || wrong.has('after') || (id !== undefined && this.repeated.has(id))) return false;
    return needsOf(node).every((need) => this.byId.has(need));
  }
}

import { needsOf, type WrittenNode } from './written-file.js';

/** Who needs whom, as far as the file says. */
export class NodeGraph {
  /** The first of each id. */
  readonly byId = new Map<string, WrittenNode>();
  private readonly repeated = new Set<string>();
  private before: readonly (Uint32Array | undefined)[] | undefined;
  private readonly places: ReadonlyMap<WrittenNode, number>;
  /** By group: what nodes inside of it need that stands outside. */
  private readonly outer = new Map<WrittenNode, Set<WrittenNode>>();

  constructor(private readonly nodes: readonly WrittenNode[]) {
    this.places = new Map(nodes.map((node, place) => [node, place]));
    for (const node of nodes) {
      if (node.id === undefined) continue;
      if (this.byId.has(node.id)) this.repeated.add(node.id);
      else this.byId.set(node.id, node);
    }
    for (const node of nodes) {
      for (const need of node.within ? this.named(node) : []) {
        let group: WrittenNode | undefined = node.within;
        while (group && group.within !== need.within) group = group.within;
        if (!group || need.within === node.within) continue;
        const known = this.outer.get(group);
        if (known) known.add(need);
        else this.outer.set(group, new Set([need]));
      }
    }
  }

  /** What must have ended before it can end, of its own group. */
  needed(node: WrittenNode): WrittenNode[] {
    const outer = this.outer.get(node);
    return outer ? [...new Set([...this.waitsFor(node), ...outer])] : this.waitsFor(node);
  }

  /** Whether it is finished when the node starts; true also where mistakes leave open what the node needs. */
  mayBeFinished(candidate: WrittenNode, node: WrittenNode): boolean {
    this.before ??= this.follow();
    const before = this.before[this.places.get(node)!];
    if (!before) return true;
    const place = this.places.get(candidate)!;
    return (before[place >>> 5]! & (1 << (place & 31))) !== 0;
  }

  private named(node: WrittenNode): WrittenNode[] {
    return [...new Set(needsOf(node))].flatMap((id) => this.byId.get(id) ?? []);
  }

  private waitsFor(node: WrittenNode): WrittenNode[] {
    const named = this.named(node);
    return node.previous && !named.includes(node.previous) ? [...named, node.previous] : named;
  }

  /**
   * Who has ended when a node starts: a bit per pair (10,000 nodes take 25 MB), worked out when first asked. A node starts
   * after what it needs and after its group has; a group has ended after what stands inside, where it waits for all of it.
   * Nothing for those that are in a cycle or after one, or after something that is not there.
   */
  private follow(): (Uint32Array | undefined)[] {
    const { nodes } = this;
    const count = nodes.length;
    const words = Math.ceil(count / 32);
    /** Of each node two moments: its start, and `count` further its end. */
    const after: number[][] = Array.from({ length: 2 * count }, () => []);
    const waits = new Array<number>(2 * count).fill(0);
    const follows = (moment: number, earlier: number) => {
      after[earlier]!.push(moment);
      waits[moment]!++;
    };
    for (const [place, node] of nodes.entries()) {
      follows(count + place, place);
      if (!this.isClear(node)) waits[place] = Infinity;
      for (const one of this.waitsFor(node)) follows(place, count + this.places.get(one)!);
      const { within } = node;
      if (!within) continue;
      const group = this.places.get(within)!;
      follows(place, group);
      if (within.kind.endsAll?.(within.fields) ?? false) follows(count + group, count + place);
    }
    const bits: (Uint32Array | undefined)[] = new Array<undefined>(2 * count).fill(undefined);
    const next = [...waits.keys()].filter((moment) => waits[moment] === 0);
    for (const moment of next) {
      const own = (bits[moment] ??= new Uint32Array(words));
      if (moment >= count) own[(moment - count) >>> 5]! |= 1 << ((moment - count) & 31);
      for (const later of after[moment]!) {
        const theirs = (bits[later] ??= new Uint32Array(words));
        for (const [word, value] of own.entries()) theirs[word]! |= value;
        if (--waits[later]! === 0) next.push(later);
      }
    }
    return bits.slice(0, count).map((one, place) => (waits[place] === 0 ? one : undefined));
  }

  private isClear(node: WrittenNode): boolean {
    const { id, wrong } = node;
    if (wrong.has('needs') || wrong.has('after') || (id !== undefined && this.repeated.has(id))) return false;
    return needsOf(node).every((need) => this.byId.has(need));
  }
}

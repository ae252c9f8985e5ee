interface Placed {
  template: { nodeName: string; owner: string };
}

/** Machines of the cluster by name. They differ in nothing: all is run by this one. */
export class Nodes {
  private readonly cordoned = new Set<string>();

  constructor(private readonly names: readonly string[]) {}

  /** Nothing is put there any more. @throws Error that says which there are */
  cordon(name: string): void {
    if (!this.names.includes(name)) throw new Error(`There is no node ${name}, but ${this.names.join(', ')}.`);
    this.cordoned.add(name);
  }

  uncordon(name: string): void {
    this.cordoned.delete(name);
  }

  /** For a pod of this owner: where the fewest of the same owner are, and of these the fewest at all. */
  for(owner: string, pods: readonly Placed[]): string {
    const there = (name: string) => pods.filter(({ template }) => template.nodeName === name);
    const load = (name: string) =>
      [there(name).filter(({ template }) => template.owner === owner).length, there(name).length] as const;
    const [first] = this.names
      .filter((name) => !this.cordoned.has(name))
      .map((name) => ({ name, load: load(name) }))
      .sort((one, other) => one.load[0] - other.load[0] || one.load[1] - other.load[1]);
    if (!first) throw new Error('All nodes are cordoned: nothing can be put anywhere.');
    return first.name;
  }
}

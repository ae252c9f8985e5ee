import type { Made, SnapshotRows } from '../snapshot-rows.js';

type Row = Made & { revision: number; position: bigint; kept: boolean; body: Buffer };

/** The table of snapshots in memory. */
export class MemorySnapshotRows implements Pick<SnapshotRows, keyof SnapshotRows> {
  all: Row[] = [];

  async last(made: Made, position?: bigint) {
    return this.of(made).findLast((row) => position === undefined || row.position <= position);
  }

  async put({ stream, key }: Made, { position, ...row }: Parameters<SnapshotRows['put']>[1]) {
    this.all = this.all.filter((one) => !isOf(one, { stream, key }) || one.kept || one.revision >= row.revision);
    const present = this.of({ stream, key }).find(({ revision }) => revision === row.revision);
    if (present) present.kept ||= row.kept;
    else this.all.push({ stream, key, ...row, position: BigInt(position) });
  }

  async remove(made: Made, revision: number) {
    this.all = this.all.filter((row) => !isOf(row, made) || row.revision !== revision);
  }

  async lastKept(made: Made) {
    return this.of(made).findLast(({ kept }) => kept);
  }

  async keep(made: Made, revision: number) {
    for (const row of this.of(made)) if (row.revision === revision) row.kept = true;
  }

  async removeOthers(keys: readonly string[]) {
    this.all = this.all.filter(({ key }) => keys.includes(key));
  }

  of(made: Made): Row[] {
    return this.all.filter((row) => isOf(row, made)).sort((a, b) => a.revision - b.revision);
  }
}

const isOf = (row: Made, { stream, key }: Made) => row.stream === stream && row.key === key;

/** A file or folder that a command sees. */
export interface Mount {
  /** Where it lies on this machine. */
  source: string;
  /** Where the command finds it. */
  target: string;
  readOnly: boolean;
}

/** A folder that stays empty to the command though it lies in one that it sees. */
export interface Hidden {
  hidden: string;
}

/** What one command sees and may use; everything else is hidden from it. */
export interface Sandbox {
  /** Its working directory; writable, under the same path as outside. */
  folder: string;
  /** In this order; a later one may lie in an earlier one. */
  mounts: readonly (Mount | Hidden)[];
  /** The machine's network; else it has a loopback of its own and nothing else. */
  network: boolean;
  /** User and group it runs as; undefined where it runs as who runs the worker. */
  uid: number | undefined;
}

/** A way that does not work here, and what it said. */
export interface Attempt {
  way: IsolationWay;
  reason: string;
}

export type IsolationWay = 'bubblewrap' | 'unshare' | 'none';

/** One way to keep commands apart from the product, from each other and from whoever runs the worker. */
export interface Isolation {
  way: IsolationWay;
  /** Where there is none: what came of each way that was tried. */
  tried?: readonly Attempt[];
  /** The command line that runs {@link firstProcess} and then `argv` in the sandbox; undefined where there is none. */
  commandLine?: (argv: readonly string[], sandbox: Sandbox) => string[];
}

export const noIsolation: Isolation = { way: 'none' };

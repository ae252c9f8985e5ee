/** Path of util-linux' setpriv; other implementations (busybox) know no `--pdeathsig`. */
export function setprivPath(): string | undefined;
/** Lets the kernel end a program with its starter, whatever ends that one, where setpriv can set that. */
export function tied(launch: { program: string; args: string[] }): { program: string; args: string[] };

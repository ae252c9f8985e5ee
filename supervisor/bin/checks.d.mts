/** Throws a `Problem` where this Node.js or platform will not do. */
export function checkNode(version?: string, platform?: string): void;
/** Throws a `Problem` when fewer than `wanted` bytes are free where the folder is or will be. */
export function checkDisk(folder: string, wanted: number): Promise<void>;

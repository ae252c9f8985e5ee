/** Throws a `Problem` when fewer than `wanted` bytes are free where the folder is or will be. */
export function checkDisk(folder: string, wanted: number): Promise<void>;

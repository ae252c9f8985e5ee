/** Puts a brotli and a gzip copy beside every text file of a folder. */
export function compressFiles(folder: string, which?: RegExp): Promise<void>;

export function filesOf(root: string): string[];
export function folderOf(file: string): string | undefined;
export function mutatedFolders(files: string[]): Map<string, string[]>;
export function projectOf(folder: string): string;
export function serverSpecs(files: string[], project: string, root: string): string[];

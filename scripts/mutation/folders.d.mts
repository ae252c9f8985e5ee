export interface Folder {
  mutated: string[];
  leftOut: string[];
}
export function filesOf(root: string): string[];
export function folderOf(file: string): string | undefined;
export function mutatedFolders(files: string[], withServers: string[]): Map<string, Folder>;
export function projectOf(folder: string): string;
export function projectsOf(files: string[]): string[];
export function serverSpecs(files: string[], project: string, root: string): string[];

export function findPromtool(projectRoot: string): Promise<string>;

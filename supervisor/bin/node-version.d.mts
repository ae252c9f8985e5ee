/** In one sentence why nothing of this project runs on that Node.js, or undefined. */
export function nodeProblem(version?: string, platform?: string): string | undefined;
/** Ends this process with that sentence. */
export function checkNode(): void;

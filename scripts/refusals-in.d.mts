/** `MoveCards wip_limit` for each code with which the sources of a project refuse a command. */
export function refusalsIn(tsconfig: string): string[];

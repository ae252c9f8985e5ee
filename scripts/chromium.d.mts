/**
 * @returns path of an executable that starts
 * @throws Problem when there is none to be had
 */
export function findChromium(options: { projectRoot: string; onFetch?: (how: string) => void }): Promise<string>;

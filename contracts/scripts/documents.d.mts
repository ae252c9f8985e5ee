/** Every generated document: path under `generated/` → text. */
export function documents(contracts: object): Map<string, string>;

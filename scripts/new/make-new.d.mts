export function makeNew(
  root: string,
  args: string[],
): Promise<{ created: string[]; changed: string[]; left: { place: string; what: string }[]; next: string[] }>;

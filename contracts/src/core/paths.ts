/** Fields of JSON that a path names: `cards.*.due`, with `*` for every item of a list. Those that are not there are none. */
export function valuesAt(value: unknown, [step, ...rest]: readonly string[], field = ''): [field: string, value: unknown][] {
  if (step === undefined) return value === undefined ? [] : [[field, value]];
  if (typeof value !== 'object' || value === null) return [];
  const members = value as Record<string, unknown>;
  const steps = step === '*' ? Object.keys(members) : [step];
  return steps.flatMap((name) => valuesAt(members[name], rest, field ? `${field}.${name}` : name));
}

/** The same JSON without what the path names. */
export function without<T>(value: T, [step, ...rest]: readonly string[]): T {
  if (step === undefined || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return (step === '*' ? value.map((item: unknown) => without(item, rest)) : value) as T;
  const { [step]: at, ...others } = value as Record<string, unknown>;
  if (at === undefined) return value;
  return (rest.length === 0 ? others : { ...others, [step]: without(at, rest) }) as T;
}

export function until<T>(
  read: () => T | Promise<T>,
  holds?: (value: T) => boolean,
  condition?: (...given: never[]) => unknown,
): Promise<T>;

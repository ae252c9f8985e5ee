/** Until there is something. */
export function until<T>(read: () => T | undefined | Promise<T | undefined>): Promise<T>;
export function until<T>(
  read: () => T | undefined | Promise<T | undefined>,
  holds: typeof Boolean,
  condition: string,
): Promise<T>;
export function until<T>(
  read: () => T | Promise<T>,
  holds: (value: T) => boolean,
  condition?: string | ((...given: never[]) => unknown),
): Promise<T>;
export function untilTrue(condition: () => Promise<boolean>, isOver?: (error: unknown) => boolean): Promise<void>;

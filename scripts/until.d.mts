type Condition = string | ((...given: never[]) => unknown);
type Maybe<T> = T | undefined | Promise<T | undefined>;
interface About {
  condition?: Condition;
  isOver?: (error: unknown) => boolean;
}

/** Until there is something. */
export function until<T>(read: () => Maybe<T>, holds?: typeof Boolean, condition?: Condition): Promise<T>;
export function until<T>(read: () => T | Promise<T>, holds: (value: T) => boolean, condition?: Condition): Promise<T>;
/** What cannot be asked yet is asked again. */
export function untilAnswered<T>(read: () => Maybe<T>, about?: About): Promise<T>;
export function untilAnswered<T>(read: () => T | Promise<T>, about: About & { holds: (value: T) => boolean }): Promise<T>;

export interface Finding {
  /** Path into the data, `.name`, `[]` for the items of a list, `.*` for the values of a record. */
  at: string;
  what: string;
}
type Schema = Record<string, unknown>;

/** What was valid and would be refused: empty when everything is still taken. */
export function refused(before: Schema, after: Schema, at?: string): Finding[];
/** What a reader of `before` would not understand in data of `after`. */
export function unreadable(before: Schema, after: Schema, at?: string): Finding[];
/** Where two schemas differ in more than words and limits. */
export function differences(before: Schema, after: Schema, at?: string): Finding[];

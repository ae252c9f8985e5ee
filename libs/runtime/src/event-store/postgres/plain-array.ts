/** An array of what needs no quotes: numbers and ids. The client would look at each for what must be escaped. */
export const plainArray = (values: readonly (number | bigint | string)[]): string => `{${values.join()}}`;

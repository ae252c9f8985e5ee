/** Later by `ms`; RFC 3339 UTC like the given time. */
export function addMs(time: string, ms: number): string {
  return new Date(Date.parse(time) + ms).toISOString();
}

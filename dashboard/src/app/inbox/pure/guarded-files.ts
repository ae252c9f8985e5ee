import type { Content } from '@agencyos/contracts';

/** What the steps behind a gate use, by name: their digests are part of the action, as the swarm wrote it. */
export function guardedFiles(parameters: unknown): Content[] {
  const files = Object.values(guardedIn(parameters)).flatMap((step) =>
    Object.entries(recordOf(recordOf(step)['uses'])).map(([name, file]) => ({ ...(file as Content), name })),
  );
  // The same file behind several steps is told once.
  return [...new Map(files.map((file) => [`${file.name} ${file.digest}`, file])).values()];
}

/** Whether steps wait behind it: then what they fetch at run time is a thing to know. */
export const guardsSteps = (parameters: unknown): boolean => Object.keys(guardedIn(parameters)).length > 0;

const guardedIn = (parameters: unknown) => recordOf(recordOf(recordOf(parameters)['value'])['guarded']);

const recordOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};

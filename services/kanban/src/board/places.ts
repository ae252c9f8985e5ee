/** One card's place in its column. */
export interface Place {
  cardId: string;
  rank: string;
}

/**
 * The places of a column by rank, in runs of a limited length: who enters or leaves has one run copied, not all the places
 * of a column of 20,000.
 */
export type Places = readonly (readonly Place[])[];

const LONGEST_RUN = 256;

export const listOf = (places: Places): readonly Place[] =>
  places.length === 1 ? places[0]! : ([] as Place[]).concat(...places);

/** Of a list in the order of its ranks. */
export function inRuns(list: readonly Place[]): Places {
  const runs: (readonly Place[])[] = [];
  for (let at = 0; at < list.length; at += LONGEST_RUN) runs.push(list.slice(at, at + LONGEST_RUN));
  return runs;
}

export function entered(places: Places, { cardId, rank }: Place): Places {
  const at = runOf(places, rank);
  const run = places[at] ?? [];
  const longer = run.toSpliced(indexOfRank(run, rank), 0, { cardId, rank });
  const half = longer.length > LONGEST_RUN ? longer.length >>> 1 : longer.length;
  return places.toSpliced(at, 1, ...[longer.slice(0, half), longer.slice(half)].filter(isSome));
}

export function left(places: Places, { cardId, rank }: Place): Places {
  // More than one place may have the rank.
  for (let at = runOf(places, rank); at < places.length && places[at]![0]!.rank <= rank; at++) {
    const run = places[at]!;
    const place = run.findIndex((one) => one.cardId === cardId);
    if (place >= 0) return places.with(at, run.toSpliced(place, 1)).filter(isSome);
  }
  return places;
}

/** Index of the first place whose rank is not below the given one. */
export const indexOfRank = (places: readonly Place[], rank: string): number => firstWhere(places, (place) => place.rank >= rank);

/** Index of the run that has, or would take, a rank. */
const runOf = (places: Places, rank: string): number =>
  Math.max(
    0,
    Math.min(
      firstWhere(places, (run) => run.at(-1)!.rank >= rank),
      places.length - 1,
    ),
  );

/** Index of the first that passes a test which all after it pass, too. */
function firstWhere<T>(sorted: readonly T[], test: (one: T) => boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (test(sorted[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}

const isSome = (run: readonly Place[]): boolean => run.length > 0;

export interface Missing {
  what: string;
  tests: string[];
  command: string;
  last: { date: string; commit: string; outcome: string };
}
export function readNotInCi(): Missing[];
export function notInCi(notRun: string[], list?: Missing[]): { unexpected: string[]; expected: Missing[] };

export const FLOOR: number;
export interface Outcome {
  killed: number;
  timeout: number;
  survived: number;
  noCoverage: number;
}
export function scoreOf(outcome: Outcome): number | undefined;

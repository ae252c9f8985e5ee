export interface ReportedRun {
  program: string;
  args: string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
  report: string;
  graceMs?: number;
  limitMs?: number;
}
export function runUntilReported(run: ReportedRun): Promise<{ code: number; fault?: string }>;

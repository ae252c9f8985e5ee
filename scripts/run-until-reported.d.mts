export interface ReportedRun {
  program: string;
  args: string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
  report: string;
  say?: (text: Buffer) => void;
  graceMs?: number;
  silenceMs?: number;
}
export function runUntilReported(run: ReportedRun): Promise<{ code: number; fault?: string }>;

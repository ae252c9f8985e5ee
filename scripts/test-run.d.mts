export function notRunOf(report: {
  testResults: { name: string; assertionResults: { status: string; fullName: string }[] }[];
}): string[];

export function byFile(report: {
  testResults: { name: string; status: string; assertionResults: { status: string }[] }[];
}): Record<string, { passed: number; failed: number; notRun: number }>;

export function notRunOf(report: {
  testResults: { name: string; assertionResults: { status: string; fullName: string }[] }[];
}): string[];

/** `bug, docs`: each once, in the order written. */
export const splitLabels = (labels: string): string[] => [
  ...new Set(
    labels
      .split(',')
      .map((label) => label.trim())
      .filter(Boolean),
  ),
];

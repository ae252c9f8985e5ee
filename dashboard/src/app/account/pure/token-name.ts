/** What a person calls a token: those of a data folder are known by their file, `file:<place>/cli-token`. */
export const tokenName = (label: string): string =>
  label.replace(/^file:(?:[^/]+\/)?(.+)$/, 'File $1 of the data folder');

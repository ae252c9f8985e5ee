/** Written by `npm run generate`: a digest of what every recorded event folds to, by category. */
export const snapshotKeys = {
  board: 'sha256:360afe9cb1690cd4983e2ffc408914f3e376d161df1481397d5d9038889ce379',
};

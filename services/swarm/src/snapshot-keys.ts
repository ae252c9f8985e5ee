/** Written by `npm run generate`: a digest of what every recorded event folds to, by category. */
export const snapshotKeys = {
  run: 'sha256:76febb14c3f1e8a08d35900fd8faadc5cb123457c9d79b19255ac7dc527636f1',
};

/** Written by `npm run generate`: a digest of what every recorded event folds to, by category. */
export const snapshotKeys = {
  run: 'sha256:39a49e9986e50d60ee1c0f97cdc1af7ee86446d8e2e9edf8a60cf3ed669e6fde',
};

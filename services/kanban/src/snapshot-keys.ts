/** Written by `npm run generate`: a digest of what every recorded event folds to, by category. */
export const snapshotKeys = {
  board: 'sha256:00502328d31e549777b9e525e36f18790ba5138b26a858145211aa18ef7cc1d8',
};

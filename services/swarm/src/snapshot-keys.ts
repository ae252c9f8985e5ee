/** Written by `npm run generate`: a digest of what every recorded event folds to, by category. */
export const snapshotKeys = {
  run: 'sha256:0b8fe947c9f1155e3ca9cda7b97a81de08e7b8ea97776bea45b322da5e76bed4',
};

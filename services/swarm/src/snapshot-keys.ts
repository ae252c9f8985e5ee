/** Written by `npm run generate`: a digest of what every recorded event folds to, by category. */
export const snapshotKeys = {
  run: 'sha256:a3899a71f74c9a728a7fb11ccb351eeaeff907d36d1063a87c30c235ccaa068f',
};

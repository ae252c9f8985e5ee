import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { kustomizeFiles, ours } from '../support/kustomize.mjs';
import { nameOf, type KubernetesObject } from '../support/objects.js';
import { kustomize, projectRoot, render, tools, valuesOf } from '../support/rendered.js';

const withTools = tools ? describe : describe.skip;
const overlays = { dev: valuesOf('dev'), production: valuesOf('production') };
const sorted = (objects: KubernetesObject[]) => objects.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));

withTools('Kustomize', () => {
  it('has the base and the overlays that the chart renders: otherwise `npm run generate:k8s`', () => {
    const folder = join(projectRoot, 'k8s');
    const written = ['base', ...Object.keys(overlays).map((name) => `overlays/${name}`)].flatMap((path) =>
      readdirSync(join(folder, path)).map((file) => `${path}/${file}`),
    );
    expect(Object.fromEntries(written.map((path) => [path, readFileSync(join(folder, path), 'utf8')]))).toEqual(
      kustomizeFiles(render, overlays),
    );
  });

  it.each<[string, object]>([
    ['base', {}],
    ['overlays/dev', overlays.dev],
    ['overlays/production', overlays.production],
  ])('installs with %s what the chart installs with its values', (folder, values) => {
    expect(sorted(kustomize(`k8s/${folder}`))).toEqual(sorted(ours(render(values))));
  });
});

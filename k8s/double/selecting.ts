import type { Loose } from '../support/objects.js';

/** What a list or a watch asks for by `labelSelector` and `fieldSelector`: each a list of `name=value`, none of them empty. */
export function selecting(query: URLSearchParams): (object: Loose) => boolean {
  const labels = pairs(query.get('labelSelector'));
  const fields = pairs(query.get('fieldSelector'));
  return (object) =>
    labels.every(([name, value]) => object.metadata.labels?.[name] === value) &&
    fields.every(([path, value]) => path.split('.').reduce((at: Loose, part) => at?.[part], object) === value);
}

const pairs = (text: string | null): [string, string][] =>
  (text ?? '')
    .split(',')
    .filter(Boolean)
    .map((pair) => pair.split('=') as [string, string]);

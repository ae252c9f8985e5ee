import { stringify } from 'yaml';

/**
 * Kustomize's base and overlays, from what the chart renders: each overlay is what turns the base into the chart with its
 * values, so the two ways install the same.
 *
 * @param {(values: object) => object[]} render
 * @param {Record<string, object>} overlays values by the overlay's name
 * @returns {Record<string, string>} texts by path below k8s
 */
export function kustomizeFiles(render, overlays) {
  const base = ours(render({}));
  const files = {
    'base/kustomization.yaml': text('the chart without values', { ...KUSTOMIZATION, resources: ['agencyos.yaml'] }),
    'base/agencyos.yaml': documents(base),
  };
  for (const [name, values] of Object.entries(overlays)) {
    const { added, removed, changed } = difference(base, ours(render(values)));
    files[`overlays/${name}/kustomization.yaml`] = text(`the chart with k8s/values/${name}.yaml`, {
      ...KUSTOMIZATION,
      resources: ['../../base', ...(added.length > 0 ? ['added.yaml'] : [])],
      patches: [...(removed.length > 0 ? [{ path: 'removed.yaml' }] : []), ...changed],
    });
    if (added.length > 0) files[`overlays/${name}/added.yaml`] = documents(added);
    if (removed.length > 0)
      files[`overlays/${name}/removed.yaml`] = documents(
        removed.map(({ apiVersion, kind, metadata: { name, namespace } }) => ({
          ...{ apiVersion, kind, metadata: { name, namespace }, $patch: 'delete' },
        })),
      );
  }
  return files;
}

const KUSTOMIZATION = { apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization' };

const text = (what, value) =>
  `# Written by \`npm run generate:k8s\`: ${what}. Changes are overwritten; make an overlay of your own on top.\n${stringify(value, { lineWidth: 0 })}`;

const documents = (objects) =>
  objects.map((object) => stringify(object, { lineWidth: 0, aliasDuplicateObjects: false })).join('---\n');

/** Who manages it is another one then. */
export const ours = (objects) =>
  JSON.parse(JSON.stringify(objects), (key, value) => (key === 'app.kubernetes.io/managed-by' ? 'kustomize' : value));

const idOf = ({ apiVersion, kind, metadata: { name, namespace } }) => [apiVersion, kind, namespace, name].join(' ');

function difference(before, after) {
  const [was, is] = [before, after].map((objects) => new Map(objects.map((object) => [idOf(object), object])));
  const changed = [...is].flatMap(([id, object]) => {
    if (!was.has(id)) return [];
    const steps = changes(was.get(id), object);
    // As JSON: Kustomize cuts white space off the end of a patch, and with it the last line break of a text in YAML.
    const { kind, metadata } = object;
    return steps.length > 0 ? [{ target: { kind, name: metadata.name }, patch: `${JSON.stringify(steps, null, 2)}\n` }] : [];
  });
  return {
    added: after.filter((object) => !was.has(idOf(object))),
    removed: before.filter((object) => !is.has(idOf(object))),
    changed,
  };
}

/** JSON Patch from the one value to the other; a list that differs is replaced as a whole. */
function changes(before, after, path = '') {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (!isObject(before) || !isObject(after)) return [{ op: 'replace', path, value: after }];
  const at = (key) => `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  return [
    ...Object.keys(before).flatMap((key) => (key in after ? [] : [{ op: 'remove', path: at(key) }])),
    ...Object.entries(after).flatMap(([key, value]) =>
      key in before ? changes(before[key], value, at(key)) : [{ op: 'add', path: at(key), value }],
    ),
  ];
}

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

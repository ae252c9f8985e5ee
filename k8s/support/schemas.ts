import type { KubernetesObject } from './objects.js';

interface Model {
  validate(): void;
}
type ModelClass = new (data: object) => Model;
interface Fault {
  instancePath: string;
  message?: string;
}

const PACKAGES: Record<string, string> = {
  'keda.sh': '@kubernetes-models/keda',
  'monitoring.coreos.com': '@kubernetes-models/prometheus-operator',
  'gateway.networking.k8s.io': '@kubernetes-models/gateway-api',
  'cert-manager.io': '@kubernetes-models/cert-manager',
};

/** No type of a schema is this one. */
const NO_TYPE = Symbol('of no type');

/** What the published schemas of its kind say against an object, and each field that they do not know. */
export async function schemaProblems(object: KubernetesObject): Promise<string[]> {
  const model = await modelOf(object);
  if (typeof model === 'string') return [model];
  const wrong = faultsOf(model, object).map(({ instancePath, message }) => `${instancePath || '/'} ${message}`);
  return [...wrong, ...unknownFields(model, object)];
}

async function modelOf({ apiVersion, kind }: KubernetesObject): Promise<ModelClass | string> {
  const [group] = apiVersion.includes('/') ? apiVersion.split('/') : [''];
  const from = `${PACKAGES[group!] ?? 'kubernetes-models'}/${apiVersion}/${kind}`;
  try {
    return ((await import(from)) as Record<string, ModelClass>)[kind]!;
  } catch {
    return `there is no ${kind} of ${apiVersion}`;
  }
}

function faultsOf(model: ModelClass, object: object): Fault[] {
  try {
    new model(object).validate();
    return [];
  } catch (error) {
    const { errors } = error as { errors?: Fault[] };
    if (!errors) throw error;
    return errors;
  }
}

/** Paths, with `*` for the place in a list, that a kind was found to know. */
const known = new Map<ModelClass, Set<string>>();

/**
 * The schemas let misspelt fields pass. So each field is given a value of no type in its turn: a schema that knows the
 * field says something against it, there or further in.
 */
function unknownFields(model: ModelClass, object: KubernetesObject): string[] {
  const unknown: string[] = [];
  const paths = known.get(model) ?? new Set();
  known.set(model, paths);
  const isKnown = (parent: Record<string, unknown>, key: string, path: string) => {
    const value = parent[key];
    parent[key] = NO_TYPE;
    const faults = faultsOf(model, object);
    parent[key] = value;
    return faults.some(({ instancePath }) => instancePath === path);
  };
  const walk = (value: object, path: string, general: string) => {
    for (const [key, inner] of Object.entries(value)) {
      const step = key.replaceAll('~', '~0').replaceAll('/', '~1');
      const [at, everywhere] = [`${path}/${step}`, `${general}/${Array.isArray(value) ? '*' : step}`];
      if (!paths.has(everywhere) && !isKnown(value as Record<string, unknown>, key, at)) {
        unknown.push(`${at} is no field that its schema knows`);
        continue;
      }
      paths.add(everywhere);
      if (typeof inner === 'object' && inner !== null) walk(inner, at, everywhere);
    }
  };
  walk(object, '', '');
  return unknown;
}

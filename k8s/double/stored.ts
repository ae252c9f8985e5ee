import { randomUUID } from 'node:crypto';
import type { Loose } from '../support/objects.js';
import { ApiError, type ApiRequest } from './requests.js';

/** Where objects of one kind are. */
export type Kind = Pick<ApiRequest, 'group' | 'namespace' | 'resource'>;
export type Place = Kind & { name: string };
/** What is sent of an object; how it is asked for does not matter here. */
type Sent = Partial<ApiRequest> & Kind & { body: Loose };
/** A change, as a watch tells it. */
export interface Change {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  kind: Kind;
  object: Loose;
}

const keyOf = ({ group, namespace, resource, name }: Place) => [group, namespace, resource, name].join('/');
const versionOf = (object: Loose) => Number(object.metadata.resourceVersion);
const sameKind = (one: Kind, other: Kind) =>
  one.group === other.group && one.namespace === other.namespace && one.resource === other.resource;

/** The objects, each with the `resourceVersion` of its last change, and the changes since the last compaction. */
export class Stored {
  private readonly objects = new Map<string, { kind: Kind; object: Loose }>();
  private readonly listeners = new Set<(change: Change) => void>();
  private changes: Change[] = [];
  private version = 0;
  private compacted = 0;

  get(place: Place): Loose {
    const found = this.find(place);
    if (!found) throw new ApiError(404, 'NotFound', `${place.resource} "${place.name}" not found`);
    return found;
  }

  /** Undefined where it is not there. */
  find(place: Place): Loose {
    return structuredClone(this.objects.get(keyOf(place))?.object);
  }

  /** With the version up to which a watch need not be told. */
  list(kind: Kind, fits: (object: Loose) => boolean = () => true): { version: string; items: Loose[] } {
    const found = [...this.objects.values()].filter((one) => sameKind(one.kind, kind) && fits(one.object));
    return { version: String(this.version), items: structuredClone(found.map(({ object }) => object)) };
  }

  create(request: Sent): Loose {
    const place = { ...request, name: request.body.metadata.name as string };
    if (this.objects.has(keyOf(place)))
      throw new ApiError(409, 'AlreadyExists', `${request.resource} "${place.name}" already exists`);
    const made = { uid: randomUUID(), creationTimestamp: new Date().toISOString() };
    return this.write(place, { ...request.body, metadata: { ...made, ...request.body.metadata } }, 'ADDED');
  }

  replace(request: Sent & Place): Loose {
    return this.change(request, () => request.body);
  }

  /** A merge patch (RFC 7396). */
  patch(request: Sent & Place): Loose {
    return this.change(request, (present) => merged(present, request.body));
  }

  delete(place: Place): Loose {
    const found = this.get(place);
    this.objects.delete(keyOf(place));
    found.metadata.resourceVersion = String(++this.version);
    this.tell({ type: 'DELETED', kind: kindOf(place), object: found });
    return found;
  }

  /**
   * Changes of a kind after a version, then those that come; until what is returned is called.
   *
   * @throws ApiError 410 where they are not known any more
   */
  watch(kind: Kind, after: string, onChange: (change: Change) => void): () => void {
    if (Number(after) < this.compacted)
      throw new ApiError(410, 'Expired', `too old resource version: ${after} (${this.compacted})`);
    const tell = (change: Change) => {
      if (sameKind(change.kind, kind)) onChange(structuredClone(change));
    };
    for (const change of this.changes) if (versionOf(change.object) > Number(after)) tell(change);
    this.listeners.add(tell);
    return () => void this.listeners.delete(tell);
  }

  /** Forgets the changes up to now, as etcd does every few minutes. */
  compact(): void {
    this.compacted = this.version;
    this.changes = [];
  }

  private change(request: Sent & Place, make: (present: Loose) => Loose): Loose {
    const present = this.get(request);
    const expected = request.body?.metadata?.resourceVersion;
    if (expected !== undefined && expected !== present.metadata.resourceVersion)
      throw new ApiError(409, 'Conflict', `${request.resource} "${request.name}": the object has been modified`);
    return this.write(request, make(present), 'MODIFIED');
  }

  private write(place: Place, body: Loose, type: Change['type']): Loose {
    const { name, namespace } = place;
    const metadata = { ...body.metadata, name, namespace, resourceVersion: String(++this.version) };
    const object = structuredClone({ ...body, metadata });
    this.objects.set(keyOf(place), { kind: kindOf(place), object });
    this.tell({ type, kind: kindOf(place), object });
    return this.get(place);
  }

  private tell(change: Change): void {
    this.changes.push(structuredClone(change));
    for (const listener of [...this.listeners]) listener(change);
  }
}

const kindOf = ({ group, namespace, resource }: Kind): Kind => ({ group, namespace, resource });

function merged(present: Loose, patch: Loose): Loose {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const result = typeof present === 'object' && present !== null && !Array.isArray(present) ? { ...present } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merged(result[key], value);
  }
  return result;
}

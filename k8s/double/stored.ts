import type { Loose } from '../support/objects.js';
import { ApiError, type ApiRequest } from './requests.js';

type Place = Pick<ApiRequest, 'group' | 'namespace' | 'resource'> & { name: string };
const keyOf = ({ group, namespace, resource, name }: Place) => [group, namespace, resource, name].join('/');

/** The objects, each with the `resourceVersion` of its last change. */
export class Stored {
  private readonly objects = new Map<string, Loose>();
  private version = 0;

  get(place: Place): Loose {
    const found = this.find(place);
    if (!found) throw new ApiError(404, 'NotFound', `${place.resource} "${place.name}" not found`);
    return found;
  }

  /** Undefined where it is not there. */
  find(place: Place): Loose {
    return structuredClone(this.objects.get(keyOf(place)));
  }

  create(request: ApiRequest): Loose {
    const place = { ...request, name: request.body.metadata.name as string };
    if (this.objects.has(keyOf(place)))
      throw new ApiError(409, 'AlreadyExists', `${request.resource} "${place.name}" already exists`);
    return this.write(place, request.body);
  }

  replace(request: ApiRequest): Loose {
    return this.change(request, () => request.body);
  }

  /** A merge patch (RFC 7396). */
  patch(request: ApiRequest): Loose {
    return this.change(request, (present) => merged(present, request.body));
  }

  delete(place: Place): Loose {
    const found = this.get(place);
    this.objects.delete(keyOf(place));
    return found;
  }

  private change(request: ApiRequest, make: (present: Loose) => Loose): Loose {
    const present = this.get(request);
    const expected = request.body?.metadata?.resourceVersion;
    if (expected !== undefined && expected !== present.metadata.resourceVersion)
      throw new ApiError(409, 'Conflict', `${request.resource} "${request.name}": the object has been modified`);
    return this.write(request, make(present));
  }

  private write(place: Place, body: Loose): Loose {
    const { name, namespace } = place;
    const metadata = { ...body.metadata, name, namespace, resourceVersion: String(++this.version) };
    this.objects.set(keyOf(place), structuredClone({ ...body, metadata }));
    return this.get(place);
  }
}

function merged(present: Loose, patch: Loose): Loose {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const result = typeof present === 'object' && present !== null && !Array.isArray(present) ? { ...present } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merged(result[key], value);
  }
  return result;
}

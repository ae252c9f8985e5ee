import type { Loose } from '../../support/objects.js';
import type { ApiServerDouble } from '../api-server.js';

/** Why a pod cannot start yet, in the kubelet's words; it tries again. */
export class NotYet extends Error {}

type Kind = 'ConfigMap' | 'Secret';

/** Where ConfigMaps, Secrets and tokens are read when a container starts. */
export class Configuration {
  constructor(
    private readonly find: (kind: Kind, namespace: string, name: string) => Loose,
    private readonly api: ApiServerDouble | undefined,
    private readonly apiCertificate: string,
  ) {}

  /** Undefined: there is none of that name. */
  entries(kind: Kind, namespace: string, name: string): Record<string, Buffer> | undefined {
    const object = this.find(kind, namespace, name) ?? (kind === 'Secret' ? this.kept(namespace, name) : undefined);
    if (!object) return undefined;
    const { data = {}, stringData = {}, binaryData = {} } = object;
    const decoded = (encoding: 'utf8' | 'base64', entries: Record<string, string>) =>
      Object.entries(entries).map(([key, value]) => [key, Buffer.from(value, encoding)] as const);
    return Object.fromEntries([
      ...decoded(kind === 'Secret' ? 'base64' : 'utf8', data),
      ...decoded('base64', binaryData),
      ...decoded('utf8', stringData),
    ]);
  }

  /** What a pod with this service account finds at its token's place. */
  tokenFiles(namespace: string, account: string): Record<string, Buffer> {
    const token = this.api?.access.tokenOf(namespace, account) ?? '';
    return { token: Buffer.from(token), namespace: Buffer.from(namespace), 'ca.crt': Buffer.from(this.apiCertificate) };
  }

  private kept(namespace: string, name: string): Loose {
    return this.api?.stored.find({ group: '', namespace, resource: 'secrets', name });
  }
}

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { KubeConfig } from '@kubernetes/client-node';
import type { KubernetesObject, Loose } from '../support/objects.js';
import { Access, type Verb } from './access.js';
import { Stored } from './stored.js';
import { ApiError, requestOf, type ApiRequest } from './requests.js';

/**
 * A double of the Kubernetes API server, for tests: the kinds and verbs that our own code uses, over HTTP, so that the real
 * client speaks to it. It checks the rendered RBAC, and `resourceVersion` where a request names one. It is no cluster:
 * nothing is scheduled, defaulted or admitted, and nothing collects garbage.
 */
export class ApiServerDouble {
  readonly stored = new Stored();
  readonly access = new Access();
  /** Called before each request is answered; what it throws is the answer. */
  before: (request: ApiRequest) => void = () => undefined;
  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(): Promise<ApiServerDouble> {
    const server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const double = new ApiServerDouble(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on('request', (request, response) => void double.answer(request, response));
    return double;
  }

  /** Takes what was rendered: the access that it grants, and the rest as it is. */
  apply(objects: readonly KubernetesObject[]): void {
    for (const object of objects) this.access.take(object);
  }

  /** How a pod with this service account reaches it. */
  configOf(namespace: string, serviceAccount: string): KubeConfig {
    const config = new KubeConfig();
    config.loadFromClusterAndUser(
      { name: 'double', server: this.url, skipTLSVerify: true },
      { name: serviceAccount, token: this.access.tokenOf(namespace, serviceAccount) },
    );
    return config;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const respond = (status: number, body: object) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    try {
      const request = requestOf(incoming.method ?? 'GET', incoming.url ?? '/', await text(incoming));
      const [, token] = /^Bearer (.+)$/.exec(incoming.headers.authorization ?? '') ?? [];
      this.access.require(token, request);
      this.before(request);
      respond(request.verb === 'create' ? 201 : 200, this.perform(request));
    } catch (error) {
      const { status, reason, message } = error instanceof ApiError ? error : new ApiError(500, 'InternalError', String(error));
      respond(status, { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, message, code: status });
    }
  }

  private perform(request: ApiRequest): Loose {
    const perform: Record<Verb, () => Loose> = {
      get: () => this.stored.get(request),
      create: () => this.stored.create(request),
      update: () => this.stored.replace(request),
      patch: () => this.stored.patch(request),
      delete: () => this.stored.delete(request),
    };
    return perform[request.verb]();
  }
}

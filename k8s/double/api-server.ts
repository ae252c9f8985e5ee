import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { KubeConfig } from '@kubernetes/client-node';
import type { KubernetesObject, Loose } from '../support/objects.js';
import { Access, type Verb } from './access.js';
import type { PodLog } from './pod-log.js';
import { selecting } from './selecting.js';
import { Stored } from './stored.js';
import { ApiError, requestOf, type ApiRequest } from './requests.js';

/** What else has a say when objects are asked for: whoever runs Jobs, for one. */
export interface Controller {
  /** True where it sees to that itself: what is deleted is there until it has ended. */
  delete?(request: ApiRequest): boolean;
  /** What a container has said. @throws ApiError */
  log?(request: ApiRequest): PodLog;
}

/**
 * A double of the Kubernetes API server, for tests: the kinds and verbs that our own code uses, over HTTP, so that the real
 * client speaks to it. It checks the rendered RBAC, and `resourceVersion` where a request names one; lists and watches go by
 * it, and a watch from before a compaction is told 410. It is no cluster: nothing is scheduled, defaulted or admitted, and
 * nothing collects garbage; what runs Jobs is `JobRunner`.
 */
export class ApiServerDouble {
  readonly stored = new Stored();
  readonly access = new Access();
  /** Called before each request is answered; what it throws is the answer. */
  before: (request: ApiRequest) => void = () => undefined;
  controller: Controller = {};
  private readonly watches = new Set<ServerResponse>();
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

  /** Ends all watches and logs under way, as an API server does that is replaced. */
  cut(): void {
    for (const response of this.watches) response.destroy();
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
      if (request.verb === 'watch') this.watch(request, response);
      else if (request.subresource === 'log') this.sendLog(request, response);
      else respond(request.verb === 'create' ? 201 : 200, this.perform(request));
    } catch (error) {
      const refusal = error instanceof ApiError ? error : new ApiError(500, 'InternalError', String(error));
      respond(refusal.status, statusOf(refusal));
    }
  }

  private perform(request: ApiRequest): Loose {
    if (request.subresource === 'scale') return this.scale(request);
    const perform: Record<Exclude<Verb, 'watch'>, () => Loose> = {
      get: () => this.stored.get(request),
      list: () => {
        const { version, items } = this.stored.list(request, selecting(request.query));
        return { kind: 'List', apiVersion: 'v1', metadata: { resourceVersion: version }, items };
      },
      create: () => this.stored.create(request),
      update: () => this.stored.replace(request),
      patch: () => this.stored.patch(request),
      delete: () => (this.controller.delete?.(request) ? this.stored.get(request) : this.stored.delete(request)),
    };
    return perform[request.verb as Exclude<Verb, 'watch'>]();
  }

  /** Of a Deployment: its replicas alone. */
  private scale(request: ApiRequest): Loose {
    const { name, namespace } = request;
    const { metadata, spec } =
      request.verb === 'get'
        ? this.stored.get(request)
        : this.stored.patch({ ...request, body: { spec: { replicas: request.body.spec.replicas } } });
    const { resourceVersion } = metadata;
    return { kind: 'Scale', metadata: { name, namespace, resourceVersion }, spec: { replicas: spec.replicas } };
  }

  private watch(request: ApiRequest, response: ServerResponse): void {
    const fits = selecting(request.query);
    const after = request.query.get('resourceVersion') ?? this.stored.list(request).version;
    const send = (type: string, object: Loose) => response.write(`${JSON.stringify({ type, object })}\n`);
    this.keep(response);
    try {
      const end = this.stored.watch(request, after, ({ type, object }) => {
        if (fits(object)) send(type, object);
      });
      response.on('close', end);
    } catch (error) {
      // Said within the answer, as the real one does.
      if (!(error instanceof ApiError)) throw error;
      send('ERROR', statusOf(error));
      response.end();
    }
  }

  private sendLog(request: ApiRequest, response: ServerResponse): void {
    if (!this.controller.log) throw new ApiError(404, 'NotFound', `pods "${request.name}" not found`);
    const log = this.controller.log(request);
    this.keep(response);
    response.on('close', log.follow(request.query, response));
  }

  private keep(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
    this.watches.add(response);
    response.on('close', () => this.watches.delete(response));
  }
}

const statusOf = ({ status, reason, message }: ApiError) => ({
  ...{ kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, message, code: status },
});

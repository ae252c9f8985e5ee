import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent, request as httpsRequest, type RequestOptions } from 'node:https';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import type { List } from './kubernetes-objects.js';

/** How the API is reached; the token is read again for each request, as the kubelet renews it. */
export interface KubernetesReach {
  url: string;
  token(): string;
  ca?: string;
}

/** A refusal in the API's own words. */
export class KubernetesRefusal extends Error {
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

type Query = Record<string, string>;

const SECRETS = '/var/run/secrets/kubernetes.io/serviceaccount';
const ANSWER_MS = 15_000;

/** What a pod with a service account's token is told. @throws Error that says what is missing */
export function reachInPod(env: NodeJS.ProcessEnv): KubernetesReach {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = '443' } = env;
  if (!host) throw new Error('The driver kubernetes works in a pod alone: KUBERNETES_SERVICE_HOST is missing.');
  const url = `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
  return { url, ca: readFileSync(`${SECRETS}/ca.crt`, 'utf8'), token: () => readFileSync(`${SECRETS}/token`, 'utf8').trim() };
}

/**
 * The Kubernetes API, as far as Jobs need it. Small, so that the worker of every installation has it: the client that there
 * is takes 66 MB with its packages.
 */
export class KubernetesApi {
  private readonly agent: Agent;

  constructor(private readonly reach: KubernetesReach) {
    this.agent = new Agent({ keepAlive: true, ...(reach.ca && { ca: reach.ca }) });
  }

  get<T>(path: string): Promise<T> {
    return this.ask<T>('GET', path);
  }

  list<T>(path: string, query: Query): Promise<List<T>> {
    return this.ask<List<T>>('GET', path, { query });
  }

  async create(path: string, body: object): Promise<void> {
    await this.ask('POST', path, { body });
  }

  /** Changes what is named, and nothing else (RFC 7396). */
  async merge(path: string, body: object): Promise<void> {
    await this.ask('PATCH', path, { body, type: 'application/merge-patch+json' });
  }

  /** What is not there has been deleted. */
  async delete(path: string, body: object): Promise<void> {
    await this.ask('DELETE', path, { body }).catch((error: unknown) => {
      if (!isCode(error, 404)) throw error;
    });
  }

  /** What comes in pieces: a log, a watch. @throws KubernetesRefusal; what keeps it from being asked */
  async stream(path: string, query: Query, signal: AbortSignal): Promise<IncomingMessage> {
    return this.send('GET', path, { query, signal });
  }

  /** Each change of what the path lists, after a version; ends when the server ends it. */
  async *watch<T>(path: string, query: Query, signal: AbortSignal): AsyncGenerator<{ type: string; object: T }> {
    const response = await this.stream(path, { ...query, watch: 'true' }, signal);
    let broken: Error | undefined;
    response.on('error', (error) => (broken = error));
    for await (const line of createInterface({ input: response })) yield JSON.parse(line) as { type: string; object: T };
    if (broken) throw broken;
  }

  private async ask<T>(method: string, path: string, sent: Omit<Sent, 'signal'> = {}): Promise<T> {
    const answer = await this.send(method, path, { ...sent, signal: AbortSignal.timeout(ANSWER_MS) });
    return JSON.parse(await text(answer)) as T;
  }

  private async send(method: string, path: string, { query = {}, body, type, signal }: Sent): Promise<IncomingMessage> {
    const url = new URL(this.reach.url + path);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const json = body && JSON.stringify(body);
    // The length is said: Node.js sends no other end of what goes with a DELETE.
    const content = json && { 'content-type': type ?? 'application/json', 'content-length': Buffer.byteLength(json) };
    const headers = { accept: 'application/json', authorization: `Bearer ${this.reach.token()}`, ...content };
    const options: RequestOptions = { method, headers, signal };
    const asked = url.protocol === 'https:' ? httpsRequest(url, { ...options, agent: this.agent }) : httpRequest(url, options);
    asked.end(json);
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    const { statusCode = 0 } = response;
    if (statusCode < 300) return response;
    throw new KubernetesRefusal(statusCode, messageIn(await text(response)) ?? `it answers ${statusCode}`);
  }
}

interface Sent {
  query?: Query;
  body?: object;
  type?: string;
  signal: AbortSignal;
}

export const isCode = (error: unknown, code: number): boolean => error instanceof KubernetesRefusal && error.code === code;

export const jobsPath = (namespace: string): string => `/apis/batch/v1/namespaces/${namespace}/jobs`;
export const podsPath = (namespace: string): string => `/api/v1/namespaces/${namespace}/pods`;
export const eventsPath = (namespace: string): string => `/api/v1/namespaces/${namespace}/events`;
/** The pods of a Job. */
export const ofJob = (job: string): { labelSelector: string } => ({ labelSelector: `batch.kubernetes.io/job-name=${job}` });

function messageIn(body: string): string | undefined {
  try {
    return (JSON.parse(body) as { message?: string }).message;
  } catch {
    return undefined;
  }
}

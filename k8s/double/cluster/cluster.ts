import { mkdirSync, rmSync } from 'node:fs';
import { nameOf, ofKind, type KubernetesObject } from '../../support/objects.js';
import { Timers, type Clock } from './clock.js';
import type { ApiServerDouble } from '../api-server.js';
import { selfSigned } from './certificate.js';
import { Configuration } from './configuration.js';
import { hashOf, ownerOf, stepDeployment, stepJob, stepStatefulSet, type Hands, type JobState } from './controllers.js';
import { Events } from './events.js';
import { mayEvict } from './eviction.js';
import type { Image } from './images.js';
import { Network } from './network.js';
import { Nodes } from './nodes.js';
import { Pod } from './pod.js';
import { API_ADDRESS, API_PORT, reachable, ServiceAddresses } from './services.js';

export interface ClusterOptions {
  /** Of its own: sockets, pods, and what outlives them. */
  folder: string;
  bubblewrap: string;
  /** What stands for the image of this name. @throws Error where it is none */
  image(name: string): Image;
  /** @defaultValue a second each */
  clock?: Partial<Clock>;
  /** How long it takes until every machine of a cluster knows that a pod is ready, or is no more.
   *  @defaultValue a second of its clock */
  endpointsMs?: number;
  /** @defaultValue one */
  nodes?: string[];
  /** Pods reach it with their tokens, and its Secrets are those of the cluster. */
  api?: ApiServerDouble;
}

/**
 * The double of a cluster, for tests: runs what was rendered as processes of this machine, in the kernel's own namespaces.
 * Deployments, StatefulSets, Jobs and Services are acted on, ConfigMaps and Secrets are read, and all else is kept as it is:
 * nobody asks for what a pod may use, and no network policy is in force.
 */
export class Cluster {
  readonly events = new Events();
  private readonly objects = new Map<string, KubernetesObject>();
  private readonly jobs = new Map<string, JobState>();
  private readonly running = new Set<Pod>();
  private readonly addresses = new ServiceAddresses();
  private readonly timers = new Timers();
  private readonly clock: Clock;
  private readonly configuration: Configuration;
  private readonly nodes: Nodes;
  private led = '';
  private due = false;
  private over = false;
  private fault: Error | undefined;
  private watching = new Set<() => void>();

  private constructor(
    private readonly options: ClusterOptions,
    private readonly network: Network,
    apiCertificate: string,
  ) {
    const { secondMs = 1_000, backOffSecondMs = secondMs } = options.clock ?? {};
    this.clock = { secondMs, backOffSecondMs };
    this.nodes = new Nodes(options.nodes ?? ['double']);
    const find = (kind: string, namespace: string, name: string) => this.objects.get(keyOf(kind, namespace, name));
    this.configuration = new Configuration(find, options.api, apiCertificate);
  }

  /** @throws Error where this machine does not permit it */
  static async start(options: ClusterOptions): Promise<Cluster> {
    mkdirSync(options.folder, { recursive: true });
    const pair = selfSigned(API_ADDRESS);
    const port = Number(new URL(options.api?.url ?? 'http://127.0.0.1:0').port);
    return new Cluster(options, await Network.open(options.folder, { port, ...pair }), pair.cert);
  }

  /** As `kubectl apply`: what is there already is changed to this. A Job that is there stays as it is. */
  apply(objects: readonly KubernetesObject[]): void {
    this.options.api?.apply(objects);
    for (const given of objects) {
      const object = structuredClone(given);
      object.metadata.namespace ??= 'default';
      const key = keyOf(object.kind, object.metadata.namespace, object.metadata.name);
      const known = this.objects.get(key);
      if (known && object.kind === 'Job') continue;
      // Somebody else scales it.
      if (known && object.kind === 'Deployment' && object.spec.replicas === undefined) object.spec.replicas = known.spec.replicas;
      this.objects.set(key, object);
    }
    this.changed();
  }

  /** With the pods that it has made. */
  delete(kind: string, name: string, namespace = 'default'): void {
    const object = this.find(kind, name, namespace);
    this.objects.delete(keyOf(kind, namespace, name));
    this.jobs.delete(ownerOf(object));
    for (const pod of this.podsOf(ownerOf(object))) void pod.terminate();
    this.changed();
  }

  scale(kind: string, name: string, replicas: number, namespace = 'default'): void {
    this.find(kind, name, namespace).spec.replicas = replicas;
    this.changed();
  }

  /** As `kubectl rollout restart`. */
  restart(kind: string, name: string, namespace = 'default'): void {
    const { template } = this.find(kind, name, namespace).spec;
    const annotations = { ...template.metadata.annotations, 'kubectl.kubernetes.io/restartedAt': new Date().toISOString() };
    template.metadata = { ...template.metadata, annotations };
    this.changed();
  }

  /** As `kubectl drain`: nothing is put there any more, and each pod is evicted when budgets permit it. Resolves when it is empty. */
  async drain(node: string): Promise<void> {
    this.nodes.cordon(node);
    for (;;) {
      const there = this.pods().filter(({ template }) => template.nodeName === node);
      if (there.length === 0) return;
      for (const pod of there) if (!pod.terminating && this.mayEvict(pod)) void pod.terminate();
      await this.next();
    }
  }

  uncordon(node: string): void {
    this.nodes.uncordon(node);
  }

  /** Those whose names begin so, also those on their way out. */
  pods(beginning = ''): Pod[] {
    return [...this.running].filter(({ name }) => name.startsWith(beginning));
  }

  /** @throws Error that says which there are */
  pod(beginning: string): Pod {
    const [pod] = this.pods(beginning);
    if (!pod)
      throw new Error(
        `There is no pod ${beginning}…, but ${this.pods()
          .map(({ name }) => name)
          .join(', ')}.`,
      );
    return pod;
  }

  /** What a pod's containers have said. */
  logs(beginning: string): string[] {
    return this.pod(beginning).all.flatMap(({ lines }) => lines);
  }

  /** Whatever is not as it should be, each with the reason that a person would find; empty when all is. */
  notReady(): string[] {
    if (this.fault) throw this.fault;
    return [...this.objects.values()].flatMap((object) => {
      const missing = this.missingOf(object);
      return missing ? [`${nameOf(object)}: ${missing}`] : [];
    });
  }

  /** Resolves when all that was applied is there and of its present kind. */
  async ready(): Promise<void> {
    while (this.notReady().length > 0) await this.next();
  }

  /** A port of 127.0.0.1 that leads to a Service, as `kubectl port-forward` makes one. */
  async forward(service: string, port: number, namespace = 'default'): Promise<{ port: number; close(): void }> {
    return this.network.forward(`${this.addresses.of(this.find('Service', service, namespace))}:${port}`);
  }

  /** Ends all that it has started. */
  async stop(): Promise<void> {
    this.over = true;
    this.timers.stop();
    await Promise.all(this.pods().map((pod) => pod.terminate(0)));
    await this.network.close();
    rmSync(this.options.folder, { recursive: true, force: true });
  }

  /** Resolves when anything has changed. */
  private next(): Promise<void> {
    return new Promise((resolve) => this.watching.add(resolve));
  }

  private mayEvict(pod: Pod): boolean {
    const objects = [...this.objects.values()];
    const wanted = (selected: readonly Pod[]) => {
      const owners = new Set(selected.map(({ template }) => template.owner));
      return objects.filter((one) => owners.has(ownerOf(one))).reduce((sum, { spec }) => sum + (spec.replicas ?? 1), 0);
    };
    return mayEvict(pod, this.pods(), ofKind(objects, 'PodDisruptionBudget'), wanted);
  }

  private find(kind: string, name: string, namespace: string): KubernetesObject {
    const found = this.objects.get(keyOf(kind, namespace, name));
    if (!found) throw new Error(`There is no ${kind} ${namespace}/${name}.`);
    return found;
  }

  private podsOf = (owner: string): Pod[] => this.pods().filter(({ template }) => template.owner === owner);

  private readonly changed = (): void => {
    if (this.due || this.over) return;
    this.due = true;
    setImmediate(() => {
      this.due = false;
      if (this.over) return;
      try {
        this.step();
      } catch (error) {
        this.fault = error as Error;
      }
      const watching = [...this.watching];
      this.watching.clear();
      for (const look of watching) look();
    });
  };

  private step(): void {
    const hands = this.hands();
    for (const object of this.objects.values()) {
      if (object.kind === 'Deployment') stepDeployment(object, hands);
      if (object.kind === 'StatefulSet') stepStatefulSet(object, hands);
      if (object.kind === 'Job') stepJob(object, this.jobOf(object), hands);
    }
    this.lead();
  }

  private lead(): void {
    const now = reachable([...this.objects.values()], this.pods(), this.addresses);
    if (this.options.api) now.services[`${API_ADDRESS}:${API_PORT}`] = [this.network.outside];
    const text = JSON.stringify(now);
    if (text === this.led) return;
    this.led = text;
    const { endpointsMs = this.clock.secondMs } = this.options;
    this.timers.after(endpointsMs, () => void this.network.lead(now));
  }

  private jobOf(object: KubernetesObject): JobState {
    const known = this.jobs.get(ownerOf(object)) ?? { failures: 0, waits: false, timed: false };
    this.jobs.set(ownerOf(object), known);
    return known;
  }

  private readonly hands = (): Hands => ({
    ...{ timers: this.timers, clock: this.clock },
    podsOf: this.podsOf,
    make: (template) => {
      const { folder, bubblewrap, image } = this.options;
      const pod: Pod = new Pod(
        { ...template, nodeName: this.nodes.for(template.owner, this.pods()) },
        {
          ...{ network: this.network, configuration: this.configuration, clock: this.clock, bubblewrap, folder, image },
          api: { KUBERNETES_SERVICE_HOST: API_ADDRESS, KUBERNETES_SERVICE_PORT: String(API_PORT) },
          event: this.events.add,
          changed: this.changed,
        },
      );
      this.running.add(pod);
      void pod.gone.then(() => {
        this.running.delete(pod);
        this.changed();
      });
      pod.start();
    },
    event: this.events.add,
    changed: this.changed,
  });

  private missingOf(object: KubernetesObject): string | undefined {
    const pods = this.podsOf(ownerOf(object));
    const why = () => [...pods.filter(({ ready }) => !ready), ...pods].map((pod) => this.events.why(pod))[0] ?? 'it has no pod';
    if (object.kind === 'Job') {
      const { outcome } = this.jobOf(object);
      if (outcome === 'Complete') return undefined;
      return outcome ? `failed: ${this.events.lastOf(object.metadata.name)}` : why();
    }
    if (!['Deployment', 'StatefulSet'].includes(object.kind)) return undefined;
    const hash = hashOf(object.spec.template);
    const { replicas = 1 } = object.spec;
    const there = pods.filter((pod) => pod.ready && pod.template.hash === hash).length;
    return there === replicas && pods.length === replicas ? undefined : `${there} of ${replicas}: ${why()}`;
  }
}

const keyOf = (kind: string, namespace: string, name: string): string => `${kind}/${namespace}/${name}`;

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Labels, Loose } from '../../support/objects.js';
import { Timers, type Clock } from './clock.js';
import { NotYet, type Configuration } from './configuration.js';
import { Container, type Surroundings } from './container.js';
import { environmentOf, type PodFacts } from './environment.js';
import type { Image } from './images.js';
import { DNS_ADDRESS, type Network, type PodNetwork } from './network.js';
import { makeVolumes, mountsOf, type Mount } from './volumes.js';

const FIRST_MOUNT_PAUSE_SECONDS = 0.5;
const LONGEST_MOUNT_PAUSE_SECONDS = 122;
export const DOMAIN = 'cluster.local';

/** What every pod of the double stands on. */
export interface Node {
  network: Network;
  configuration: Configuration;
  clock: Clock;
  bubblewrap: string;
  /** For pods' folders, and what outlives them. */
  folder: string;
  image(name: string): Image;
  /** Where the Kubernetes API is: for the environment. */
  api: Record<string, string>;
  event(pod: string, reason: string, message: string): void;
  changed(): void;
}

export interface PodTemplate {
  name: string;
  namespace: string;
  /** `Deployment agencyos/agencyos-kanban` */
  owner: string;
  /** Of the template that it was made from. */
  hash: string;
  nodeName: string;
  labels: Labels;
  annotations: Labels;
  spec: Loose;
}

/** A pod as the kubelet runs it: network, volumes, init containers one after another, containers, and their end. */
export class Pod {
  address = '';
  terminating = false;
  phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed' = 'Pending';
  /** So far the first is the youngest whose number is the highest. */
  readonly made: number = (made += 1);
  readonly containers: Container[] = [];
  /** Resolves when nothing of it is left. */
  readonly gone: Promise<void>;
  private readonly uid = randomUUID();
  private readonly folder: string;
  private readonly timers = new Timers();
  private endOfAll: () => void = () => undefined;
  private own: PodNetwork | undefined;
  private networkIsThere: Promise<unknown> = Promise.resolve();
  private shown: Container[] = [];

  constructor(
    readonly template: PodTemplate,
    private readonly node: Node,
  ) {
    this.folder = join(node.folder, 'pods', this.uid);
    this.gone = new Promise((resolve) => (this.endOfAll = resolve));
  }

  get name(): string {
    return this.template.name;
  }

  get ready(): boolean {
    return (
      this.phase === 'Running' && !this.terminating && this.containers.length > 0 && this.containers.every((one) => one.ready)
    );
  }

  get restarts(): number {
    return this.shown.reduce((sum, { restarts }) => sum + restarts, 0);
  }

  /** Init containers too. */
  get all(): readonly Container[] {
    return this.shown;
  }

  start(): void {
    void this.begin().catch((error: Error) => {
      this.node.event(this.name, 'Failed', error.message);
      this.become('Failed');
    });
  }

  /** Resolves when nothing of it is left. */
  async terminate(graceSeconds?: number): Promise<void> {
    if (!this.terminating) {
      this.terminating = true;
      this.node.changed();
    } else if (graceSeconds !== 0) return this.gone;
    this.timers.stop();
    await this.networkIsThere;
    await Promise.all(this.shown.map((container) => container.stop(graceSeconds)));
    await this.own?.remove();
    rmSync(this.folder, { recursive: true, force: true });
    this.endOfAll();
    this.node.changed();
  }

  private async begin(): Promise<void> {
    const adding = this.node.network.addPod();
    this.networkIsThere = adding.then((own) => (this.own = own));
    await this.networkIsThere;
    this.address = this.own!.address;
    const made = await this.volumes();
    if (!made) return;
    const { initContainers = [], containers, restartPolicy = 'Always' } = this.template.spec;
    for (const spec of initContainers) {
      if (this.terminating) return;
      const container = new Container(spec, this.around(made, restartPolicy === 'Never' ? 'Never' : 'OnFailure'));
      this.shown.push(container);
      if (!(await container.run())) return this.terminating ? undefined : this.become('Failed');
    }
    if (this.terminating) return;
    for (const spec of containers) this.containers.push(new Container(spec, this.around(made, restartPolicy)));
    this.shown.push(...this.containers);
    this.become('Running');
    const ends = await Promise.all(this.containers.map((container) => container.run()));
    if (!this.terminating) this.become(ends.every(Boolean) ? 'Succeeded' : 'Failed');
  }

  /** Tried again and again, as what is missing may come. Undefined: the pod ended meanwhile. */
  private async volumes(): Promise<Record<string, string> | undefined> {
    const { node, template } = this;
    for (let pause = FIRST_MOUNT_PAUSE_SECONDS; !this.terminating; pause = Math.min(pause * 2, LONGEST_MOUNT_PAUSE_SECONDS)) {
      try {
        const folder = join(this.folder, 'volumes');
        return makeVolumes(template.spec, this.facts, folder, join(node.folder, 'claims'), node.configuration);
      } catch (error) {
        if (!(error instanceof NotYet)) throw error;
        node.event(this.name, 'FailedMount', error.message);
      }
      await new Promise<void>((resolve) => {
        this.timers.after(pause * node.clock.backOffSecondMs, resolve);
        if (this.terminating) resolve();
      });
    }
    return undefined;
  }

  private get facts(): PodFacts {
    const { name, namespace, labels, annotations, nodeName, spec } = this.template;
    const serviceAccountName = spec.serviceAccountName ?? 'default';
    return { name, namespace, uid: this.uid, address: this.address, nodeName, labels, annotations, serviceAccountName };
  }

  private around(made: Readonly<Record<string, string>>, restartPolicy: Surroundings['restartPolicy']): Surroundings {
    const { node, template } = this;
    const { spec } = template;
    const hostname = spec.hostname ?? this.name;
    return {
      ...{ network: node.network, clock: node.clock, address: this.address, enter: this.own!.enter, restartPolicy },
      graceSeconds: spec.terminationGracePeriodSeconds ?? 30,
      image: node.image,
      environment: (container) => ({
        ...{ HOSTNAME: hostname, HOME: '/', ...node.api },
        ...environmentOf(container, this.facts, node.configuration),
      }),
      sandbox: (container, image) => {
        const security = { ...spec.securityContext, ...container.securityContext };
        const { runAsUser: uid = image.uid, runAsGroup: gid = uid } = security;
        if (security.runAsNonRoot && uid === 0) throw new NotYet('container has runAsNonRoot and image will run as root');
        const ofImage = Object.entries(image.files).map(([target, source]) => ({ source, target, readOnly: true }));
        return {
          ...{ bubblewrap: node.bubblewrap, hostname, uid, gid, readOnlyRoot: security.readOnlyRootFilesystem === true },
          folder: container.workingDir ?? image.folder,
          mounts: [...ofImage, ...this.settings(hostname, image), ...mountsOf(container, made)],
        };
      },
      event: (reason, message) => node.event(this.name, reason, message),
      changed: () => node.changed(),
    };
  }

  /** Of the resolver, as it is in every container, and whom the image knows. */
  private settings(hostname: string, { users }: Image): Mount[] {
    const { namespace } = this.template;
    const search = [`${namespace}.svc.${DOMAIN}`, `svc.${DOMAIN}`, DOMAIN].join(' ');
    const files = {
      hosts: `127.0.0.1 localhost\n${this.address} ${hostname}\n`,
      'resolv.conf': `nameserver ${DNS_ADDRESS}\nsearch ${search}\noptions ndots:5\n`,
      'nsswitch.conf': 'hosts: files dns\n',
      passwd: ['root:x:0:0::/root:/bin/sh', ...Object.entries(users).map(([name, uid]) => `${name}:x:${uid}:${uid}::/:/bin/sh`)]
        .map((line) => `${line}\n`)
        .join(''),
    };
    const folder = join(this.folder, 'etc', Object.keys(users).join('-'));
    mkdirSync(folder, { recursive: true });
    return Object.entries(files).map(([name, text]) => {
      writeFileSync(join(folder, name), text);
      return { source: join(folder, name), target: `/etc/${name}`, readOnly: true };
    });
  }

  private become(phase: Pod['phase']): void {
    this.phase = phase;
    this.node.changed();
  }
}

let made = 0;

import { request } from 'node:http';
import type { Loose } from '../../support/objects.js';
import type { Network } from './network.js';
import { Timers, type Clock } from './clock.js';

export interface Probed {
  address: string;
  /** By the names of the container's ports. */
  ports: Readonly<Record<string, number>>;
  /** Runs a command in the container. @returns undefined when it ended with 0, else why not */
  exec(command: string[], timeoutMs: number): Promise<string | undefined>;
}

/**
 * Asks as the kubelet does: at once and then every period; so many answers of a kind in a row are an outcome.
 * `onOutcome` hears of each answer after which the threshold is reached, with what was wrong.
 */
export class Probe {
  private readonly timers = new Timers();
  private row = { ok: true, length: 0 };

  constructor(
    private readonly probe: Loose,
    private readonly of: Probed,
    private readonly network: Network,
    private readonly clock: Clock,
    private readonly onOutcome: (ok: boolean, why: string) => void,
  ) {
    this.timers.after((probe.initialDelaySeconds ?? 0) * clock.secondMs, () => void this.ask());
  }

  stop(): void {
    this.timers.stop();
  }

  private async ask(): Promise<void> {
    const { periodSeconds = 10, successThreshold = 1, failureThreshold = 3 } = this.probe;
    const startedAt = performance.now();
    const why = await this.failure().catch((error: Error) => error.message);
    const ok = why === undefined;
    this.row = { ok, length: this.row.ok === ok ? this.row.length + 1 : 1 };
    this.timers.after(Math.max(0, periodSeconds * this.clock.secondMs - (performance.now() - startedAt)), () => void this.ask());
    if (this.row.length >= (ok ? successThreshold : failureThreshold)) this.onOutcome(ok, why ?? '');
  }

  private failure(): Promise<string | undefined> {
    const { httpGet, tcpSocket, exec, timeoutSeconds = 1 } = this.probe;
    // An answer takes the machine its time, however short a second is made.
    const timeoutMs = timeoutSeconds * Math.max(this.clock.secondMs, 1000);
    if (exec) return this.of.exec(exec.command, timeoutMs);
    if (tcpSocket) return this.connects(this.portOf(tcpSocket.port));
    if (httpGet) return this.answers(httpGet, timeoutMs);
    throw new Error("a probe of this kind is not known to the cluster's double");
  }

  private portOf(port: number | string): number {
    const found = typeof port === 'number' ? port : this.of.ports[port];
    if (found === undefined) throw new Error(`the container has no port ${port}`);
    return found;
  }

  private async connects(port: number): Promise<undefined> {
    (await this.network.dial(`${this.of.address}:${port}`)).destroy();
  }

  private async answers({ path = '/', port, httpHeaders = [] }: Loose, timeoutMs: number): Promise<string | undefined> {
    const socket = await this.network.dial(`${this.of.address}:${this.portOf(port)}`);
    const headers = Object.fromEntries(httpHeaders.map(({ name, value }: Loose) => [name, value])) as Record<string, string>;
    const status = await new Promise<number>((resolve, reject) => {
      const late = setTimeout(() => socket.destroy(new Error('context deadline exceeded')), timeoutMs);
      socket.once('close', () => clearTimeout(late));
      request({ path, headers: { host: this.of.address, ...headers, connection: 'close' }, createConnection: () => socket })
        .once('error', reject)
        .once('response', (response) => {
          resolve(response.statusCode!);
          response.resume().once('end', () => socket.destroy());
        })
        .end();
    });
    return status >= 200 && status < 400 ? undefined : `HTTP probe failed with statuscode: ${status}`;
  }
}

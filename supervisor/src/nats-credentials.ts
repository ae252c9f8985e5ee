import { readFile, rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { connect, nkeyAuthenticator } from '@nats-io/transport-node';
import type { z } from 'zod';
import type { Credentials, NewAgent, NewSubscriber } from './credentials.js';
import { agentPrincipal, subscriberPrincipal, type OutsideCredentials } from './nats-accounts.js';
import { natsPidFile, nkeyFile, PROOF_SUBJECT, provisionNats, type NatsInstance } from './nats-config.js';

/** What somebody outside needs to connect. */
export interface IssuedCredential {
  natsUrl: string;
  /** Name of the credential, and of its account. */
  principal: string;
  /** Path of its nkey seed, for its owner only. */
  nkeyFile: string;
}

/** The server did not take up a configuration in time. */
export class NotInForce extends Error {
  override readonly name = 'NotInForce';
}

/** Whoever asks for the change waits for it: the command line waits longer. */
const RELOAD_WITHIN_MS = 30_000;
/** What a busy machine needs to sign in; a refusal comes at once. */
const SIGN_IN_MS = 5_000;
/** What is not imported yet is not answered: no longer than it takes to read once more. */
const ANSWER_MS = 1_000;
/** How long the server is given to read its configuration. */
const READ_MS = 100;

/** Gives out credentials of the installation's own NATS server, also while it runs. */
export class NatsCredentials {
  private proof: Uint8Array = new Uint8Array();
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly instance: Omit<NatsInstance, 'outside'>,
    private readonly credentials: Credentials,
  ) {}

  /** Writes the configuration for a server that is about to start. @returns its path */
  async prepareStart(): Promise<string> {
    await rm(natsPidFile(this.instance.folder), { force: true });
    return this.write();
  }

  isBuiltIn(name: string): boolean {
    return this.credentials.isBuiltIn(name);
  }

  /** All that there are, without their keys. */
  list(): OutsideCredentials {
    return this.credentials.all;
  }

  /** @throws NotInForce */
  addAgent(agent: z.infer<typeof NewAgent>): Promise<IssuedCredential> {
    return this.add(agentPrincipal(agent.name), () => this.credentials.addAgent(agent));
  }

  /** @throws NotInForce */
  addSubscriber(subscriber: z.infer<typeof NewSubscriber>): Promise<IssuedCredential> {
    return this.add(subscriberPrincipal(subscriber.name), () => this.credentials.addSubscriber(subscriber));
  }

  /** Its connections are closed, and its key opens nothing any more. @returns whether there was one @throws NotInForce */
  removeAgent(name: string): Promise<boolean> {
    return this.remove(agentPrincipal(name), () => this.credentials.removeAgent(name));
  }

  /** As {@link removeAgent}. */
  removeSubscriber(name: string): Promise<boolean> {
    return this.remove(subscriberPrincipal(name), () => this.credentials.removeSubscriber(name));
  }

  private remove(principal: string, forget: () => Promise<boolean>): Promise<boolean> {
    return this.inTurn(async () => {
      const known = await forget();
      // Also for a name that is not known any more: a removal that failed halfway is finished by asking again.
      // Whoever gets this name later gets a key of their own.
      await rm(nkeyFile(this.instance.keysFolder, principal), { force: true });
      await this.write();
      await this.reload();
      return known;
    });
  }

  private add(principal: string, keep: () => Promise<void>): Promise<IssuedCredential> {
    return this.inTurn(async () => {
      await keep();
      await this.write();
      await this.reload();
      const { port, keysFolder } = this.instance;
      return { principal, natsUrl: `nats://127.0.0.1:${port}`, nkeyFile: nkeyFile(keysFolder, principal) };
    });
  }

  /** One after another: each is proved on the configuration that it was written into. */
  private inTurn<T>(act: () => Promise<T>): Promise<T> {
    const done = this.turn.then(act);
    this.turn = done.catch(() => undefined);
    return done;
  }

  private async write(): Promise<string> {
    const { file, proof } = await provisionNats({ ...this.instance, outside: this.credentials.all });
    this.proof = proof;
    return file;
  }

  /**
   * The server tells nobody whether it liked what it read, so we look over a new connection. nats-server 2.10 needs to read
   * twice before what an account that it did not know imports is there.
   */
  private async reload(): Promise<void> {
    const deadline = performance.now() + RELOAD_WITHIN_MS;
    for (;;) {
      const pid = Number(await readFile(natsPidFile(this.instance.folder), 'utf8').catch(() => '0'));
      // One that is down reads the configuration when it is started again.
      if (pid > 0) signal(pid);
      await delay(READ_MS);
      if (await this.isInForce()) return;
      if (performance.now() > deadline)
        throw new NotInForce(
          'NATS has not taken up the change: its log in the data folder says why; `agencyos restart nats` makes it read again.',
        );
    }
  }

  private async isInForce(): Promise<boolean> {
    try {
      const connection = await connect({
        servers: `127.0.0.1:${this.instance.port}`,
        authenticator: nkeyAuthenticator(this.proof),
        reconnect: false,
        timeout: SIGN_IN_MS,
      });
      const answered = connection.request(PROOF_SUBJECT, '', { timeout: ANSWER_MS });
      return await answered.then(() => true).finally(() => connection.close());
    } catch {
      return false;
    }
  }
}

function signal(pid: number): void {
  try {
    process.kill(pid, 'SIGHUP');
  } catch {
    // It ended this moment; its successor reads the file.
  }
}

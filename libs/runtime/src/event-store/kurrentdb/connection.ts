import { KurrentDBClient } from '@kurrent/kurrentdb-client';

/** The client may keep what it learnt from a server in trouble for ever; a younger one is left to recover. */
const REPLACE_AFTER_MS = 2_000;

/**
 * The official client, replaced when it fails. It reconnects by itself after most failures, but not after all:
 * it keeps, for one, a question about the server's features that failed.
 */
export class KurrentConnection {
  private present?: { client: KurrentDBClient; since: number };
  private readonly retired = new Set<KurrentDBClient>();

  private readonly url: string;

  constructor(url: string) {
    this.url = patient(url);
  }

  get client(): KurrentDBClient {
    this.present ??= {
      client: KurrentDBClient.connectionString(this.url),
      since: performance.now(),
    };
    return this.present.client;
  }

  /** Something failed with this client for a reason that may lie in the connection. */
  failed(client: KurrentDBClient): void {
    if (this.present?.client !== client || performance.now() - this.present.since < REPLACE_AFTER_MS) return;
    this.present = undefined;
    this.retired.add(client);
    void client.dispose().finally(() => this.retired.delete(client));
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.present?.client, ...this.retired].map((client) => client?.dispose()));
    this.present = undefined;
  }
}

/**
 * In a cluster the client looks for a leader. Were it to give up, the promise that fails is one that nobody
 * awaits, which ends the process; so it goes on looking, and our own deadlines end the waiting.
 */
function patient(url: string): string {
  // Then a refused append looks like one that succeeded, and nothing would be refused any more.
  if (/throwonappendfailure=false/i.test(url)) {
    throw new Error('KURRENTDB_URL says throwOnAppendFailure=false, with which a conflict is never told: take it out');
  }
  if (/maxdiscoverattempts=/i.test(url)) return url;
  return `${url}${url.includes('?') ? '&' : '?'}maxDiscoverAttempts=1000000000`;
}

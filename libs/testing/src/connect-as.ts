import { readFileSync } from 'node:fs';
import { connect, nkeyAuthenticator, type ConnectionOptions, type NatsConnection } from '@nats-io/transport-node';

/** A server, and where the seeds of its principals are. */
export interface NatsPlace {
  natsUrl: string;
  nkeyFile(principal: string): string;
}

/** As a principal of the product, with its key and its inbox. */
export const connectAs = (
  { natsUrl, nkeyFile }: NatsPlace,
  principal: string,
  options: ConnectionOptions = {},
): Promise<NatsConnection> =>
  connect({
    servers: natsUrl,
    inboxPrefix: `_INBOX_${principal}`,
    authenticator: nkeyAuthenticator(readFileSync(nkeyFile(principal))),
    maxReconnectAttempts: -1,
    // A server that lets a sign-in wait too long, being busy otherwise, is asked again, and soon.
    ...{ ignoreAuthErrorAbort: true, reconnectTimeWait: 100, waitOnFirstConnect: true },
    ...options,
  });

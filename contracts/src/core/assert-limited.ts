import { subjects } from './subjects.js';

/** What of a NATS connection this needs; `@nats-io/transport-node` has it. */
interface Connection {
  publish(subject: string, payload: string): void;
  subscribe(subject: string, options: { callback: () => void }): { unsubscribe(): void };
  /** One round trip: what the server refused of the messages before has arrived when it ends. */
  flush(): Promise<void>;
  status(): AsyncIterable<{ type: string; error?: { name: string; subject?: unknown } }>;
}

/** NATS lets a credential speak for others, or listen to them. */
export class NotLimited extends Error {
  override name = 'NotLimited';

  constructor(sender: string, allowed: readonly string[]) {
    super(
      `NATS lets ${sender} use ${allowed.join(' and ')}, which must be forbidden to it: ` +
        `load the product's accounts and permissions there, or nothing that a message says of its sender is true`,
    );
  }
}

/**
 * Tries whether what must be forbidden to a credential is forbidden, where the NATS server is not set up by the product
 * itself. Nobody answers to what is sent for that.
 *
 * @param sender the credential's own token in subjects
 * @throws NotLimited
 */
export async function assertLimited(connection: Connection, sender: string): Promise<void> {
  const another = subjects.command('probe', 'permissions', `not_${sender}`);
  const everybodys = 'agencyos.cmd.>';
  const allowed = new Set([another, everybodys]);
  const statuses = connection.status();
  const watching = (async () => {
    for await (const { type, error } of statuses)
      if (type === 'error' && error?.name === 'PermissionViolationError') allowed.delete(String(error.subject));
  })();
  connection.publish(another, '{}');
  const subscription = connection.subscribe(everybodys, { callback: () => undefined });
  await connection.flush();
  subscription.unsubscribe();
  (statuses as unknown as { stop(): void }).stop();
  await watching;
  if (allowed.size > 0) throw new NotLimited(sender, [...allowed]);
}

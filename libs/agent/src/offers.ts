import { createInbox, nanos, type Msg } from '@nats-io/transport-node';
import { jetstream, taskConsumer, TaskOffer } from '@agencyos/contracts';
import type { AgentLogger } from './agent-options.js';
import type { AgentConnection } from './connection.js';
import { backoff, pause } from './pause.js';
import type { Slots } from './slots.js';

/** An offer with the place taken for it. Exactly one of the three ends it; the place is the handler's to release. */
export interface ReceivedOffer {
  offer: TaskOffer;
  /** The hint has served: claimed by somebody, or nothing to claim any more. */
  done(): void;
  /** Not now: to be offered again, to anybody. */
  later(delayMs: number): void;
}

/**
 * Pulls offers for one role, one at a time and only while there is a free place, until the signal is aborted.
 * An offer is a hint: losing one costs time, never a task, for swarm offers again what stays unclaimed.
 */
export async function pullOffers(
  role: string,
  { connection, slots, pullMs, logger }: { connection: AgentConnection; slots: Slots; pullMs: number; logger: AgentLogger },
  signal: AbortSignal,
  handle: (received: ReceivedOffer) => void,
): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    await slots.whenFree(signal);
    const pulled = connection.connected
      ? await pullOne(connection, role, pullMs, AbortSignal.any([signal, slots.full]))
      : 'failed';
    if (pulled === 'failed') await pause(backoff(failures++), signal);
    if (typeof pulled === 'string') continue;
    failures = 0;
    const answer = (text: string) => pulled.reply && connection.nats.publish(pulled.reply, text);
    const { offer, fault } = parse(pulled, role);
    if (!offer) {
      // The server keeps the message's place and this reason among its advisories, and never offers it again.
      logger.error({ subject: pulled.subject, fault }, 'an offer was not understood');
      answer(`+TERM ${fault}`);
    } else if (signal.aborted || !slots.take()) {
      answer('-NAK');
    } else {
      handle({
        offer,
        done: () => answer('+ACK'),
        later: (delayMs) => answer(`-NAK ${JSON.stringify({ delay: nanos(delayMs) })}`),
      });
    }
  }
}

/** `none`: nothing came in time. `failed`: no such consumer, or nobody there. */
function pullOne(
  connection: AgentConnection,
  role: string,
  pullMs: number,
  signal: AbortSignal,
): Promise<Msg | 'none' | 'failed'> {
  return new Promise((resolve) => {
    const inbox = createInbox(connection.inboxPrefix);
    const finish = (result: Msg | 'none' | 'failed') => {
      clearTimeout(watchdog);
      signal.removeEventListener('abort', cancel);
      subscription.unsubscribe(); // without interest in the inbox the server drops the pull
      resolve(result);
    };
    const cancel = () => finish('none');
    // The server ends a pull itself; silence beyond that means that it is gone or has forgotten us.
    const watchdog = setTimeout(() => finish('failed'), pullMs + 1_000);
    const subscription = connection.nats.subscribe(inbox, {
      callback: (error, message) => {
        if (error) return finish('failed');
        const code = message.headers?.code ?? 0;
        finish(code === 0 ? message : code === 404 || code === 408 ? 'none' : 'failed');
      },
    });
    signal.addEventListener('abort', cancel, { once: true });
    if (signal.aborted) return cancel();
    const request = { batch: 1, expires: nanos(pullMs) };
    connection.nats.publish(`$JS.API.CONSUMER.MSG.NEXT.${jetstream.tasks}.${taskConsumer(role)}`, JSON.stringify(request), {
      reply: inbox,
    });
  });
}

function parse(message: Msg, role: string): { offer: TaskOffer; fault?: undefined } | { offer?: undefined; fault: string } {
  let body: unknown;
  try {
    body = message.json();
  } catch {
    return { fault: 'not JSON' };
  }
  const { data, error } = TaskOffer.safeParse(body);
  if (error) {
    const [issue] = error.issues;
    return { fault: `not an offer: ${issue?.path.join('.') || 'the whole'}` };
  }
  return data.role === role ? { offer: data } : { fault: 'not an offer: role is not that of its subject' };
}

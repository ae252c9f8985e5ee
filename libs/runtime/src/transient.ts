import { OutcomeUnknown } from './event-store/kurrentdb/outcome-unknown.js';
import { TookTooLong } from './within.js';

/** SQLSTATE classes that say something about the statement, not about the server's health. */
const PERMANENT_SQL = /^(0A|22|23|42|P0)/;
const NATS_AWAY = new Set([
  'TimeoutError',
  'NoResponders',
  'NoRespondersError',
  'RequestError',
  'ConnectionError',
  'ClosedConnectionError',
  'DrainingConnectionError',
  // A stream without a leader says so within milliseconds, for seconds.
  'JetStreamNotEnabled',
]);
/** JetStream: no cluster, no leader, no resources, the message is still in process. */
const JETSTREAM_AWAY = new Set<unknown>([10008, 10009, 10023, 10158]);
/** What TypeORM says when the connection was cut inside a transaction: the cause is lost, the connection, too. */
const CUT_OFF = new Set(['QueryRunnerAlreadyReleasedError', 'QueryRunnerProviderAlreadyReleasedError']);
/** `type` of the KurrentDB client's errors; a bad request comes as `unknown`, too. */
const KURRENTDB_AWAY = new Set(['unavailable', 'deadline-exceeded', 'cancelled', 'not-leader', 'timeout', 'unknown']);
const CONNECTION = /connection (terminated|timeout|ended|closed)|not queryable|query read timeout|timeout (expired|exceeded)/i;

/** A server that is away, slow or restarting: trying again later can help, so nothing is given up. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, driverError, type } = error as { code?: unknown; driverError?: unknown; type?: unknown };
  if (driverError instanceof Error) return isTransient(driverError);
  // A request that is not permitted looks like one that was not answered.
  if (isNotPermitted(error)) return false;
  if (CUT_OFF.has(error.name) || (error.name === 'JetStreamApiError' && JETSTREAM_AWAY.has(code))) return true;
  if (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code)) return !PERMANENT_SQL.test(code);
  if (typeof code === 'string' && /^(E[A-Z]+|UND_ERR_\w+)$/.test(code)) return true;
  if (error instanceof TookTooLong || error instanceof OutcomeUnknown) return true;
  if (typeof type === 'string' && KURRENTDB_AWAY.has(type)) return !error.message.includes('BadRequest');
  return NATS_AWAY.has(error.name) || CONNECTION.test(error.message) || isTransient(error.cause);
}

/** NATS refuses the subject to this credential: final, whoever waits for an answer. */
export function isNotPermitted(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.name === 'PermissionViolationError' || isNotPermitted(error.cause);
}

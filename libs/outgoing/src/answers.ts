/** Why no answer came. What was asked for is not known to be undone: only that nobody answered. */
export type FailureCode =
  | 'bad_address'
  | 'address_forbidden'
  | 'unknown_host'
  | 'unreachable'
  | 'certificate_refused'
  | 'timed_out'
  | 'cancelled'
  | 'too_large'
  | 'too_many_redirects'
  | 'insecure_redirect'
  | 'broken_answer';

export interface Failure {
  answered: false;
  code: FailureCode;
  /** A sentence that says what to do. */
  detail: string;
}

export interface Answer {
  answered: true;
  /** Where it came from, after redirects. */
  url: string;
  status: number;
  /** By names of small letters; one that was sent several times as one. */
  headers: Record<string, string>;
  body: Buffer;
  /** What its `Retry-After` asks for. */
  retryAfterMs?: number;
}

export const failure = (code: FailureCode, detail: string): Failure => ({ answered: false, code, detail });

const BY_SYSTEM_CODE: Record<string, FailureCode> = {
  ADDRESS_FORBIDDEN: 'address_forbidden',
  ENOTFOUND: 'unknown_host',
  EAI_AGAIN: 'unknown_host',
  UND_ERR_CONNECT_TIMEOUT: 'unreachable',
  ECONNREFUSED: 'unreachable',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  ETIMEDOUT: 'unreachable',
};

const SENTENCES: Partial<Record<FailureCode, (host: string) => string>> = {
  address_forbidden: (host) =>
    `${host} leads to no public address. If it shall be reached, an administrator names it in AGENCYOS_OUTGOING_ALLOW.`,
  unknown_host: (host) => `Nobody knows the name ${host}. Check how it is written, and the DNS of this machine.`,
  unreachable: (host) => `${host} takes no connection. Check address and port, and whether it is up.`,
  certificate_refused: (host) =>
    `The certificate of ${host} is not trusted here. Give it one that is, or name its authority in NODE_EXTRA_CA_CERTS.`,
};

/** In words what a connection died of. */
export function failureOf(error: unknown, host: string): Failure {
  const chain = [error, ...((error as AggregateError).errors ?? []), (error as Error).cause];
  const codes = chain.map((one) => (one as NodeJS.ErrnoException | undefined)?.code).filter((code) => code !== undefined);
  const found = codes.map((code) => BY_SYSTEM_CODE[code] ?? (isCertificate(code) ? 'certificate_refused' : undefined));
  const code = found.find((one) => one !== undefined) ?? 'broken_answer';
  const say = SENTENCES[code];
  if (say) return failure(code, say(host));
  return failure(code, `${host} broke off: ${(error as Error).message || codes[0]}. Look into its log.`);
}

const isCertificate = (code: string): boolean => /CERT|^ERR_TLS|SELF_SIGNED|UNABLE_TO_VERIFY/.test(code);

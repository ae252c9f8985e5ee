import { randomBytes } from 'node:crypto';
import { agentPrincipal } from '@agencyos/supervisor';
import { createUser, fromSeed } from '@nats-io/nkeys';
import type { ProvisionSettings } from './settings.js';

/** Entries of a Secret, in clear. */
export type Entries = Readonly<Record<string, string>>;

const password = (): string => randomBytes(24).toString('base64url');
const token = (): string => `agencyos_${randomBytes(32).toString('base64url')}`;
const seed = (): string => new TextDecoder().decode(createUser().getSeed());

/** What was there stays as it is; only what is missing is made. */
const keptOrMade = (names: readonly string[], present: Entries, make: () => string): Entries =>
  Object.fromEntries(names.map((name) => [name, present[name]?.trim() || make()]));

// As its service reads it: a file of it often ends with a newline.
const publicKeyOf = (text: string): string => fromSeed(new TextEncoder().encode(text.trim())).getPublicKey();

/** @throws Error that names the entry, never what it holds */
function readable<T>(entry: string, read: () => T): T {
  try {
    return read();
  } catch {
    throw new Error(`The entry ${entry} cannot be read: delete it, and another one is made, or put the right one there.`);
  }
}

const principals = ({ services, agents }: ProvisionSettings): string[] => [...services, ...agents.map(agentPrincipal)];

export const nkeyEntries = (settings: ProvisionSettings, present: Entries): Entries =>
  keptOrMade(
    principals(settings).map((principal) => `${principal}.nk`),
    present,
    seed,
  );

export const tokenEntries = ({ agents }: ProvisionSettings, present: Entries): Entries =>
  keptOrMade(['cli.token', 'metrics.token', ...agents.map((agent) => `${agentPrincipal(agent)}.token`)], present, token);

/**
 * What the NATS servers need beside the accounts: the public keys, which follow from the seeds, and how the servers find
 * and know each other.
 */
export function natsEntries(settings: ProvisionSettings, present: Entries, nkeys: Entries): Entries {
  const publicKey = (principal: string) => readable(`${principal}.nk`, () => publicKeyOf(nkeys[`${principal}.nk`]!));
  const keys = principals(settings).map((principal) => `KEY_${principal}: ${publicKey(principal)}\n`);
  const [, kept] = /password: "([^"]+)"/.exec(present['cluster.conf'] ?? '') ?? [];
  const secret = kept ?? password();
  const routes = settings.natsRoutes.map((address) => `nats://routes:${secret}@${address}`);
  const cluster = `authorization { user: routes, password: "${secret}" }\nroutes: ${JSON.stringify(routes)}\n`;
  return { 'keys.conf': keys.join(''), 'cluster.conf': cluster };
}

/** How each service logs in, and of the PostgreSQL that comes along its owner. Where the database has moved, they follow. */
export function databaseEntries({ services, owner }: ProvisionSettings, present: Entries): Entries {
  const ownerPassword = owner.own ? { 'owner.password': present['owner.password'] || password() } : undefined;
  const ownerUrl = new URL(owner.url);
  if (ownerPassword) ownerUrl.password = ownerPassword['owner.password'];
  const urlOf = (service: string): string => {
    const url = new URL(ownerUrl);
    const text = present[`${service}.url`];
    const kept = text ? readable(`${service}.url`, () => new URL(text)) : undefined;
    url.username = kept ? kept.username : `agencyos_${service}`;
    url.password = kept ? kept.password : password();
    return url.href;
  };
  return {
    ...(ownerPassword && { ...ownerPassword, 'owner.url': ownerUrl.href }),
    ...Object.fromEntries(services.map((service) => [`${service}.url`, urlOf(service)])),
  };
}

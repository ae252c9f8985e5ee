import { setTimeout as pause } from 'node:timers/promises';
import { ApiException, PatchStrategy, setHeaderOptions, type CoreV1Api } from '@kubernetes/client-node';
import type { Entries } from './entries.js';

const NOT_FOUND = 404;
const CONFLICT = 409;
const TRIES = 20;

/** Of requests that change a part: what is not named stays, also what this client does not know. */
export const asMergePatch = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);

export const isCode = (error: unknown, code: number): boolean => error instanceof ApiException && error.code === code;

export interface SecretPlace {
  api: CoreV1Api;
  namespace: string;
  labels: Record<string, string>;
}

/**
 * Brings a Secret to the entries that `wanted` makes of those that are there, and returns them. Entries that are not wanted
 * stay. Somebody else who changes it at the same time is not overwritten: it is read again.
 */
export async function keepSecret(
  { api, namespace, labels }: SecretPlace,
  name: string,
  wanted: (present: Entries) => Entries,
): Promise<{ entries: Entries; changed: string[] }> {
  for (let tries = 1; ; tries++) {
    const found = await api.readNamespacedSecret({ name, namespace }).catch(absent);
    const present = Object.fromEntries(
      Object.entries(found?.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
    );
    const entries = wanted(present);
    const changed = Object.keys(entries).filter((key) => entries[key] !== present[key]);
    if (changed.length === 0) return { entries, changed };
    const data = Object.fromEntries(changed.map((key) => [key, Buffer.from(entries[key]!).toString('base64')]));
    try {
      if (found) {
        const metadata = { resourceVersion: found.metadata!.resourceVersion };
        await api.patchNamespacedSecret({ name, namespace, body: { metadata, data } }, asMergePatch);
      } else {
        const metadata = { name, namespace, labels };
        await api.createNamespacedSecret({
          namespace,
          body: { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', data },
        });
      }
      return { entries, changed };
    } catch (error) {
      if (!isCode(error, CONFLICT) || tries === TRIES) throw error;
      await pause(50 * tries);
    }
  }
}

/** Of somebody else's Secret. @throws Error that names what it lacks */
export async function readSecret({ api, namespace }: SecretPlace, name: string, needed: readonly string[]): Promise<Entries> {
  const found = await api.readNamespacedSecret({ name, namespace }).catch(absent);
  if (!found) throw new Error(`The Secret ${name} is not there: make it, or leave its name out of the values and have it made.`);
  const missing = needed.filter((key) => !found.data?.[key]);
  if (missing.length > 0) throw new Error(`The Secret ${name} lacks ${missing.join(', ')}.`);
  return Object.fromEntries(needed.map((key) => [key, Buffer.from(found.data![key]!, 'base64').toString()]));
}

/** What is not there is no fault. */
export function absent(error: unknown): undefined {
  if (!isCode(error, NOT_FOUND)) throw error;
}

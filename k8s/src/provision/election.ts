import { setTimeout as pause } from 'node:timers/promises';
import { V1MicroTime, type CoordinationV1Api, type V1Lease } from '@kubernetes/client-node';
import { absent, asMergePatch, isCode } from './kept-secret.js';

/** How long a holder that says nothing more keeps the others out. */
const HELD_MS = 30_000;
const ASK_EVERY_MS = 500;

export interface Election {
  api: CoordinationV1Api;
  namespace: string;
  name: string;
  holder: string;
  heldMs?: number;
  askEveryMs?: number;
}

/**
 * Does `work` while nobody else does. Whoever holds the Lease is judged by this process's own clock: it is gone once the
 * Lease has not changed for as long as it says, whatever times are written in it.
 */
export async function elected<T>(election: Election, work: () => Promise<T>): Promise<T> {
  await take(election);
  const saying = setInterval(() => void say(election).catch(() => undefined), (election.heldMs ?? HELD_MS) / 3);
  try {
    return await work();
  } finally {
    clearInterval(saying);
    await leave(election).catch(() => undefined); // it runs out
  }
}

async function take(election: Election): Promise<void> {
  const { api, namespace, name, holder, heldMs = HELD_MS, askEveryMs = ASK_EVERY_MS } = election;
  let seen: { version: string | undefined; at: number } | undefined;
  for (;;) {
    const lease = await api.readNamespacedLease({ name, namespace }).catch(absent);
    const version = lease?.metadata?.resourceVersion;
    if (seen?.version !== version || !seen) seen = { version, at: performance.now() };
    const held = lease?.spec?.holderIdentity;
    const isFree =
      !lease || !held || held === holder || performance.now() - seen.at > (lease.spec?.leaseDurationSeconds ?? 0) * 1_000;
    if (isFree && (await takeFree(election, lease, heldMs))) return;
    if (!isFree) await pause(askEveryMs);
  }
}

/** @returns false when somebody else was first */
async function takeFree(
  { api, namespace, name, holder }: Election,
  lease: V1Lease | undefined,
  heldMs: number,
): Promise<boolean> {
  const now = new V1MicroTime();
  const spec = { holderIdentity: holder, leaseDurationSeconds: Math.ceil(heldMs / 1_000), acquireTime: now, renewTime: now };
  try {
    if (lease) {
      const metadata = { resourceVersion: lease.metadata!.resourceVersion };
      await api.patchNamespacedLease({ name, namespace, body: { metadata, spec } }, asMergePatch);
    } else {
      const metadata = { name, namespace };
      await api.createNamespacedLease({
        namespace,
        body: { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec },
      });
    }
    return true;
  } catch (error) {
    if (isCode(error, 409)) return false;
    throw error;
  }
}

const say = (election: Election) => whileOurs(election, { renewTime: new V1MicroTime() });

const leave = (election: Election) => whileOurs(election, { holderIdentity: null });

/** Whoever stood still for too long has a successor: what that one holds is not ours to give back. */
async function whileOurs({ api, namespace, name, holder }: Election, spec: object): Promise<void> {
  const lease = await api.readNamespacedLease({ name, namespace });
  if (lease.spec?.holderIdentity !== holder) return;
  const metadata = { resourceVersion: lease.metadata!.resourceVersion };
  await api.patchNamespacedLease({ name, namespace, body: { metadata, spec } }, asMergePatch);
}

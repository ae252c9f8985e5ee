import { installation, processesOf } from '@agencyos/contracts/installation';
import { digestOf } from '@agencyos/runtime';
import { untilAnswered } from '@agencyos/testing';
import { setTimeout as delay } from 'node:timers/promises';
import { command } from './services.mjs';

const rows = new Map(processesOf(installation).map((row) => [row.name, row]));
const RUNBOOK = 'restart-service';
/** A breach so soon after the last incident's end counts as a recurrence, which is a person's business. */
const RECURRENCE_MS = 5_000;
/** The supervisor takes its time with a process that dies again within this. */
const STABLE_MS = 30_000;
/** Time between two heartbeats: kills are spread over it, or all would come at the same moment of it. */
const beatMs = (name) => (rows.get(name).kind === 'agents' ? 2_000 : 1_000);

/** As an operator who expects so many restarts does: publishes the runbook again, with a larger budget. */
export async function allowRestarts(client, incidents, kills) {
  const [published] = (await incidents.stream(`runbook-${RUNBOOK}`)).slice(-1);
  const { runbookId, name, targetKinds, monitorKinds, steps, verifyWithinMs, reversible, guardrails } = published.data;
  const enough = (budget) => Math.max(budget, 2 * kills);
  const larger = { ...guardrails, perHour: enough(guardrails.perHour), perDay: enough(guardrails.perDay) };
  const runbook = { name, targetKinds, monitorKinds, steps, verifyWithinMs, guardrails: larger, reversible };
  await command(client, 'healer', 'PublishRunbook', { runbookId, ...runbook, digest: digestOf(runbook) });
}

/**
 * Kills a process that the healer has to see, have restarted and prove. Resolves once it runs again; `proved` then with
 * seconds since the kill: `noticed` incident opened, `told` supervisor asked, `again` ready, `verifying` recorded, and
 * `proved` incident resolved by the repair.
 *
 * @param share 0 to 1: when, between two heartbeats
 */
export async function killForHealer(installation, incidents, name, share) {
  await rested(installation, incidents, name);
  await delay(beatMs(name) * share);
  const { from, killedAt, since } = await kill(installation, incidents, name);
  const opened = await incidents.next(
    from,
    `${name} does not answer`,
    ({ type, data }) =>
      data.targetId === name && (type === 'IncidentOpened' || (type === 'BreachAttached' && data.effect !== 'opens')),
  );
  if (opened.type !== 'IncidentOpened')
    throw new Error(`the kill of ${name} counts as one with another: ${incidents.story(from)}`);
  const { incidentId } = opened.data;
  const ofIt = (wanted) =>
    incidents.next(from, `${wanted} of ${name}`, ({ type, data }) => type === wanted && data.incidentId === incidentId);
  const resolution = Promise.all([ofIt('IncidentResolved'), incidents.unlessGivenUp(from, incidentId)]);
  resolution.catch(() => undefined); // awaited in `proved`
  const verifying = await Promise.race([
    ofIt('RepairVerificationStarted'),
    resolution.then(() => ofIt('RepairVerificationStarted')),
  ]);
  const told = await ofIt('RepairStarted');
  const again = Date.parse((await installation.process(name)).readyAt);
  const prove = async () => {
    const [resolved] = await resolution;
    if (resolved.data.how !== 'repair') throw new Error(`the incident of ${name} was resolved by ${resolved.data.how}`);
    await ofIt('IncidentDetached'); // from then on the next kill's rest counts
    return {
      noticed: since(opened.at),
      told: since(told.at),
      again: since(again),
      verifying: since(verifying.at),
      proved: since(resolved.at),
    };
  };
  return { killedAt, proved: prove() };
}

/** Kills a process that the supervisor restarts at once and the healer records: `proved` once that is in the log. */
export async function killForSupervisor(installation, incidents, name) {
  await rested(installation, incidents, name);
  const last = (await installation.journal(0)).at(-1)?.n ?? 0;
  const { from, since } = await kill(installation, incidents, name);
  const restart = await untilAnswered(async () =>
    (await installation.journal(last)).find((entry) => entry.kind === 'restart' && entry.process === name),
  );
  const opened = await incidents.next(
    from,
    `the restart of ${name} is recorded`,
    ({ type, data }) => type === 'IncidentOpened' && data.targetId === name,
  );
  const resolved = await incidents.next(
    from,
    `${name} is good again`,
    ({ type, data }) => type === 'IncidentResolved' && data.incidentId === opened.data.incidentId,
  );
  return { noticed: since(Date.parse(restart.diedAt)), again: since(Date.parse(restart.readyAt)), proved: since(resolved.at) };
}

async function kill(installation, incidents, name) {
  const { pid } = await installation.process(name);
  const from = incidents.length;
  const killedAt = Date.now();
  process.kill(pid, 'SIGKILL');
  return { from, killedAt, since: (at) => (at - killedAt) / 1_000 };
}

/** Until another death of the process is one of its own. */
async function rested(installation, incidents, name) {
  const { readyAt } = await installation.process(name);
  const detached = incidents.facts.findLast(({ type, data }) => type === 'IncidentDetached' && data.targetId === name);
  const supervised = rows.get(name).restartedBy === 'supervisor';
  const from = Math.max((detached?.at ?? 0) + RECURRENCE_MS, supervised ? Date.parse(readyAt) + STABLE_MS : 0);
  await delay(Math.max(0, from - Date.now() + 100));
}

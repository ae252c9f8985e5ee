import { CoordinationV1Api, CoreV1Api, type KubeConfig } from '@kubernetes/client-node';
import { databaseEntries, natsEntries, nkeyEntries, tokenEntries, type Entries } from './entries.js';
import { elected, type Election } from './election.js';
import { keepSecret, readSecret } from './kept-secret.js';
import type { ProvisionSettings } from './settings.js';

/**
 * Makes the keys, passwords and tokens of an installation that are missing, one process at a time, and changes none that is
 * there. Says what it made, never what it is.
 */
export async function provision(
  config: KubeConfig,
  settings: ProvisionSettings,
  say: (line: string) => void,
  timing: Pick<Election, 'heldMs' | 'askEveryMs'> = {},
): Promise<void> {
  const { namespace, labels, secrets, readOnly, holder, lease } = settings;
  const place = { api: config.makeApiClient(CoreV1Api), namespace, labels };
  const keep = async (name: string, wanted: (present: Entries) => Entries): Promise<Entries> => {
    if (readOnly.includes(name)) return readSecret(place, name, Object.keys(wanted({})));
    const { entries, changed } = await keepSecret(place, name, wanted);
    say(changed.length > 0 ? `${name}: made ${changed.join(', ')}` : `${name}: everything is there`);
    return entries;
  };
  const election = { api: config.makeApiClient(CoordinationV1Api), namespace, name: lease, holder, ...timing };
  await elected(election, async () => {
    const nkeys = await keep(secrets.nkeys, (present) => nkeyEntries(settings, present));
    await keep(secrets.nats, (present) => natsEntries(settings, present, nkeys));
    await keep(secrets.database, (present) => databaseEntries(settings, present));
    await keep(secrets.tokens, (present) => tokenEntries(settings, present));
  });
}

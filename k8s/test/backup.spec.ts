import { describe, expect, it } from '@jest/globals';
import { containersOf, find, ofKind, podTemplates, type Loose } from '../support/objects.js';
import { reaches } from '../support/reachable.js';
import { render, tools } from '../support/rendered.js';

const seal = { existingSecret: 'seal' };
const enabled = { backup: { enabled: true, seal } };
const restore = { file: 'one.backup', existingSecret: 'key' };
const cronJob = (values: object) => find(render(values), 'CronJob agencyos-backup');
const podOf = (values: object) => cronJob(values).spec.jobTemplate.spec.template.spec as Loose;
const claimed = (values: object) => podOf(values).volumes.find(({ name }: Loose) => name === 'backups');

(tools ? describe : describe.skip)('backups on Kubernetes', () => {
  it('are made by nobody who was not asked, one at a time, and not while another one runs', () => {
    expect(ofKind(render(), 'CronJob')).toEqual([]);
    const { schedule, concurrencyPolicy, timeZone } = cronJob(enabled).spec;
    expect([schedule, concurrencyPolicy, timeZone]).toEqual(['17 */6 * * *', 'Forbid', 'Etc/UTC']);
  });

  it("lie on a claim that outlives the release, on one's own, or on a CSI driver's volume", () => {
    const [claim] = ofKind(render(enabled), 'PersistentVolumeClaim');
    expect(claim?.metadata.annotations).toEqual({ 'helm.sh/resource-policy': 'keep' });
    expect(claimed(enabled).persistentVolumeClaim.claimName).toBe(claim!.metadata.name);
    const own = { backup: { enabled: true, seal, existingClaim: 'safe' } };
    expect([claimed(own).persistentVolumeClaim.claimName, ofKind(render(own), 'PersistentVolumeClaim')]).toEqual(['safe', []]);
    const csi = { backup: { enabled: true, seal, csi: { driver: 's3.example.com' } } };
    expect([claimed(csi).csi, ofKind(render(csi), 'PersistentVolumeClaim')]).toEqual([{ driver: 's3.example.com' }, []]);
  });

  it('are sealed to the key, or by the passphrase, in the entry of the Secret', () => {
    const argsOf = (values: object) => podOf(values).containers[0].args.slice(-2);
    expect(argsOf(enabled)).toEqual(['--recipients-file', '/run/secrets/seal/recipient']);
    const byPassphrase = { backup: { enabled: true, seal: { ...seal, passphraseKey: 'words' } } };
    expect(argsOf(byPassphrase)).toEqual(['--passphrase-file', '/run/secrets/seal/words']);
  });

  it('reach the databases and nothing else, and nobody reaches them', () => {
    const objects = render({ ...enabled, kurrentdb: { enabled: true, existingSecret: 'kurrentdb' } });
    const pods = podTemplates(objects);
    const backup = { labels: pods.find(({ component }) => component === 'backup')!.metadata.labels };
    const to = pods.flatMap(({ component, metadata: { labels } }) =>
      [5432, 4222, 8400].filter((port) => reaches(objects, backup, { labels }, port)).map((port) => `${component}:${port}`),
    );
    expect([to, reaches(objects, backup, {}, 2113), reaches(objects, backup, {}, 443)]).toEqual([['postgres:5432'], true, false]);
    expect(pods.filter(({ metadata: { labels } }) => reaches(objects, { labels }, backup, 8080))).toEqual([]);
  });

  it('are restored before the first table is made, once', () => {
    const migrate = podTemplates(render({ backup: { restore } })).find(({ component }) => component === 'migrate')!;
    const [first, second] = containersOf(migrate);
    expect([first.name, second.name]).toEqual(['restore', 'roles']);
    expect(first.args.slice(1, 6)).toEqual([
      ...['restore', '/backups/one.backup', '--unless-taken', '--identity', '/run/secrets/seal/identity'],
    ]);
  });
});

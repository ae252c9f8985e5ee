import { describe, expect, it } from '@jest/globals';
import { allViews } from '@agencyos/contracts';
import { permissionsOf, services } from '@agencyos/supervisor';

/** The service that answers for a context. */
const serviceOf = (context: string) => (context === 'identity' ? 'gateway' : context);

describe.each(services)('%s', (service) => {
  it('may tell of exactly the views that the contracts give it', () => {
    const own = allViews.filter(({ context }) => serviceOf(context) === service);
    const allowed = permissionsOf(service).publish.filter((subject) => subject.startsWith('agencyos.view.'));
    expect(allowed.sort()).toEqual(own.map(({ kind }) => `agencyos.view.${kind}.*`).sort());
  });
});

import { describe, expect, it } from '@jest/globals';
import { allViews } from '@agencyos/contracts';
import { installation } from '@agencyos/contracts/installation';
import { permissionsOf } from '../src/nats-permissions.js';

describe.each(installation.services)('$name', (service) => {
  it('may tell of exactly the views that the contracts give it', () => {
    const own = allViews.filter(({ context }) => context === service.context);
    const allowed = permissionsOf(service).publish.filter((subject) => subject.startsWith('agencyos.view.'));
    expect(allowed.sort()).toEqual(own.map(({ kind }) => `agencyos.view.${kind}.*`).sort());
  });
});

import { describe, expect, it } from '@jest/globals';
import type { MonitorRow, ServiceRow } from '@agencyos/contracts';
import { shownState } from './service-state';

const service = (state: ServiceRow['state']) => ({ targetId: 'swarm', state }) as ServiceRow;
const monitor = (kind: MonitorRow['kind'], state: MonitorRow['state'] = 'breached', targetId = 'swarm') =>
  ({ targetId, kind, state }) as MonitorRow;

describe('the state of a service', () => {
  it('is not “not answering” where facts wait in it (fault 4)', () => {
    expect(shownState(service('breached'), [monitor('freshness'), monitor('availability', 'clear')])).toBe(
      'behind',
    );
  });

  it('is, where it is down as well, or another one is behind', () => {
    expect(shownState(service('breached'), [monitor('freshness'), monitor('availability')])).toBe('breached');
    expect(
      shownState(service('breached'), [monitor('availability'), monitor('freshness', 'breached', 'relay')]),
    ).toBe('breached');
    expect(shownState(service('breached'), [])).toBe('breached');
  });

  it('is that of a repair while one is running', () =>
    expect(shownState(service('repairing'), [monitor('freshness')])).toBe('repairing'));
});

import { describe, expect, it } from '@jest/globals';
import { allowList } from './addresses.js';

const NOBODYS = [
  ...['0.0.0.0', '10.1.2.3', '100.100.100.200', '127.0.0.1', '127.9.9.9', '168.63.129.16', '169.254.169.254', '172.31.0.1'],
  ...['192.0.0.192', '192.0.2.1', '192.168.1.1', '198.19.0.1', '198.51.100.1', '203.0.113.1', '224.0.0.1', '255.255.255.255'],
  ...['::', '::1', '::ffff:127.0.0.1', '::ffff:8.8.8.8', '::7f00:1', '64:ff9b::a00:1', '64:ff9b:1::1', '100::1'],
  ...['2001::1', '2001:db8::1', '2002:7f00:1::', '3fff::1', 'fc00::1', 'fd00:ec2::254', 'fe80::1', 'ff02::1'],
];
const PUBLIC = ['1.1.1.1', '172.32.0.1', '192.169.0.1', '223.255.255.255', '2606:4700::1111', '2a00:1450::1'];

describe('who may be spoken to', () => {
  const none = allowList([]);
  it.each(NOBODYS)('is not who has %s, unless that is listed', (address) => {
    expect(none.address(address)).toBe(false);
    expect(allowList([address]).address(address)).toBe(true);
  });
  it.each(PUBLIC)('is who has %s', (address) => expect(none.address(address)).toBe(true));

  it('may be listed by network and by name', () => {
    const list = allowList(['10.20.0.0/16', 'fd12::/16', 'Alerts.internal']);
    expect(['10.20.255.1', '10.21.0.1', 'fd12::9', 'fd13::9'].map((address) => list.address(address))).toEqual([
      ...[true, false, true, false],
    ]);
    expect(['alerts.internal', 'ALERTS.internal.', 'internal', 'x.alerts.internal'].map((name) => list.name(name))).toEqual([
      ...[true, true, false, false],
    ]);
  });

  it.each(['10.0.0.0/33', '10.0.0.0/', 'http://host', 'host/8', 'fd00::/129', 'a b', ''])('is refused as %j', (entry) => {
    expect(() => allowList([entry])).toThrow('is no address, no network and no name');
  });
});

import { BlockList, isIP } from 'node:net';

/** Where nothing of the world outside is, by the registries of special addresses (RFC 6890 and later). */
const NOT_PUBLIC_V4: [string, number][] = [
  ['0.0.0.0', 8], // this network
  ['10.0.0.0', 8], // private
  ['100.64.0.0', 10], // behind a provider's NAT; a cloud's metadata, too
  ['127.0.0.0', 8], // loopback
  ['168.63.129.16', 32], // a cloud's metadata, though it looks public
  ['169.254.0.0', 16], // link-local, metadata of most clouds
  ['172.16.0.0', 12], // private
  ['192.0.0.0', 24], // protocols
  ['192.0.2.0', 24], // documentation
  ['192.88.99.0', 24], // 6to4 relays
  ['192.168.0.0', 16], // private
  ['198.18.0.0', 15], // benchmarks
  ['198.51.100.0', 24], // documentation
  ['203.0.113.0', 24], // documentation
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4], // reserved, broadcast
];
/** Of IPv6 only global unicast is public; so what maps or carries an IPv4 address is not, whatever that is. */
const GLOBAL_V6: [string, number] = ['2000::', 3];
const NOT_PUBLIC_V6: [string, number][] = [
  ['2001::', 23], // Teredo and other protocols
  ['2001:db8::', 32], // documentation
  ['2002::', 16], // 6to4 carries an IPv4 address
  ['3fff::', 20], // documentation
];

const listOf = (subnets: [string, number][], family: 'ipv4' | 'ipv6'): BlockList => {
  const list = new BlockList();
  for (const [net, prefix] of subnets) list.addSubnet(net, prefix, family);
  return list;
};
const notPublicV4 = listOf(NOT_PUBLIC_V4, 'ipv4');
const globalV6 = listOf([GLOBAL_V6], 'ipv6');
const notPublicV6 = listOf(NOT_PUBLIC_V6, 'ipv6');

const isPublic = (address: string): boolean =>
  isIP(address) === 4
    ? !notPublicV4.check(address, 'ipv4')
    : globalV6.check(address, 'ipv6') && !notPublicV6.check(address, 'ipv6');

/** Who may be spoken to beside what is public. */
export interface AllowList {
  /** A name that was listed, wherever it leads. */
  name(host: string): boolean;
  /** An address that is public, or in what was listed. */
  address(address: string): boolean;
}

/**
 * @param entries addresses (`10.1.2.3`), networks (`10.0.0.0/8`, `fd00::/8`) and names (`alerts.internal`)
 * @throws Error that names the entry that is none of these
 */
export function allowList(entries: readonly string[]): AllowList {
  const names = new Set<string>();
  const nets = new BlockList();
  for (const entry of entries) {
    const [address = '', prefix] = entry.split('/');
    const version = isIP(address);
    const bits = version === 4 ? 32 : 128;
    const length = prefix === undefined ? bits : /^\d{1,3}$/.test(prefix) ? Number(prefix) : NaN;
    if (version !== 0 && length <= bits) nets.addSubnet(address, length, version === 4 ? 'ipv4' : 'ipv6');
    else if (version === 0 && prefix === undefined && /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/i.test(entry))
      names.add(entry.toLowerCase());
    else throw new Error(`${entry} is no address, no network and no name: write 10.1.2.3, 10.0.0.0/8 or alerts.internal.`);
  }
  return {
    name: (host) => names.has(host.toLowerCase().replace(/\.$/, '')),
    address: (address) => isPublic(address) || nets.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6'),
  };
}

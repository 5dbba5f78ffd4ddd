import { BlockList, isIP } from 'node:net';

/**
 * Addresses of nobody on the public Internet, by IANA's registry, with multicast and what is reserved:
 * https://www.iana.org/assignments/iana-ipv4-special-registry/
 */
const NOT_PUBLIC_V4 = listOf('ipv4', [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  // Looks public, and is the platform itself to every machine in Azure:
  // https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
  ['168.63.129.16', 32],
]);

/**
 * Of IPv6, all that IANA has given out for the public Internet; loopback, link-local, private, multicast, IPv4-mapped and NAT64
 * addresses are outside of it.
 */
const GLOBAL_V6 = listOf('ipv6', [['2000::', 3]]);

/** What is special inside of that; Teredo, 6to4 and documentation: https://www.iana.org/assignments/iana-ipv6-special-registry/ */
const NOT_PUBLIC_V6 = listOf('ipv6', [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
]);

/** Whether an IP address is one of the public Internet. What is no address is none; nor is one with a zone, which is link-local. */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 4) return !NOT_PUBLIC_V4.check(address, 'ipv4');
  if (isIP(address) !== 6 || address.includes('%')) return false;
  return GLOBAL_V6.check(address, 'ipv6') && !NOT_PUBLIC_V6.check(address, 'ipv6');
}

function listOf(family: 'ipv4' | 'ipv6', networks: readonly [network: string, prefix: number][]): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of networks) list.addSubnet(network, prefix, family);
  return list;
}

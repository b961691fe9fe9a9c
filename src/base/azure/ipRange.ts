import { isIP } from "node:net";

/**
 * Ranges of addresses, as firewalls of Azure take them.
 * Sources: RFC 4632 (CIDR), RFC 6890 (special-purpose addresses);
 * https://learn.microsoft.com/azure/container-registry/container-registry-access-selected-networks;
 * https://learn.microsoft.com/azure/key-vault/general/network-security.
 */

/** A range of addresses, both ends included. */
export interface IpRange {
  family: 4 | 6;
  first: bigint;
  last: bigint;
  /** Bits that all addresses of it have in common. */
  prefix: number;
  /** False where the address before the slash is not the range's first, as in 203.0.113.7/24. */
  aligned: boolean;
}

const BITS = { 4: 32, 6: 128 } as const;

const ipv4 = (text: string): bigint => text.split(".").reduce((value, part) => (value << 8n) + BigInt(part), 0n);

function ipv6(text: string): bigint {
  const [head = [], tail = []] = text.split("::").map((half) => (half === "" ? [] : half.split(":")));
  const all = [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => "0"), ...tail];
  return all.reduce((value, group) => (value << 16n) + BigInt(`0x${group}`), 0n);
}

/** The number of an address by itself: no zone, and no IPv4 within IPv6, which no firewall takes. */
function addressOf(text: string, family: number): bigint | undefined {
  if (family === 4) return ipv4(text);
  return family === 6 && !/[.%]/.test(text) ? ipv6(text) : undefined;
}

/** The range that an address, or an address with a prefix, stands for; undefined for any other text. */
export function parseIpRange(text: string): IpRange | undefined {
  const [address = "", bits, ...rest] = text.split("/");
  const family = isIP(address) === 6 ? 6 : 4;
  const value = addressOf(address, isIP(address));
  if (value === undefined || rest.length > 0 || (bits !== undefined && !/^(?:0|[1-9]\d{0,2})$/.test(bits))) {
    return undefined;
  }
  const prefix = bits === undefined ? BITS[family] : Number(bits);
  if (prefix > BITS[family]) return undefined;
  const size = 1n << BigInt(BITS[family] - prefix);
  const first = (value / size) * size;
  return { family, first, last: first + size - 1n, prefix, aligned: first === value };
}

function formatIpv4(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join(".");
}

/** A range of IPv4 as it is written with its first address: 203.0.113.0/24. */
export const formatIpv4Range = ({ first, prefix }: IpRange): string =>
  prefix === 32 ? formatIpv4(first) : `${formatIpv4(first)}/${prefix}`;

/** IPv4 ranges that no client of the public internet comes from. Source: RFC 6890, and RFC 5771 for multicast. */
const NOT_PUBLIC = [
  ...["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"],
  ...["192.168.0.0/16", "224.0.0.0/3"],
].flatMap((text) => parseIpRange(text) ?? []);

/** The range of addresses that are not public ones, where the whole range lies in one; undefined for every other. */
export function reservedRangeOf(range: IpRange): string | undefined {
  const inside = NOT_PUBLIC.find(
    ({ family, first, last }) => family === range.family && first <= range.first && range.last <= last,
  );
  return inside && formatIpv4Range(inside);
}

/** How many addresses several ranges of one family hold together, each counted once. */
function sizeOf(ranges: readonly IpRange[]): bigint {
  const sorted = [...ranges].sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0));
  let total = 0n;
  let end = -1n;
  for (const { first, last } of sorted) {
    const from = first > end ? first : end + 1n;
    if (last < from) continue;
    total += last - from + 1n;
    end = last;
  }
  return total;
}

/** IPv6 addresses that are given out: 2000::/3. Source: RFC 4291. */
const GLOBAL_IPV6 = { first: 1n << 125n, last: (1n << 126n) - 1n };

function within(range: IpRange, { first, last }: { first: bigint; last: bigint }): IpRange[] {
  const from = range.first > first ? range.first : first;
  const to = range.last < last ? range.last : last;
  return from > to ? [] : [{ ...range, first: from, last: to }];
}

/**
 * True where the ranges together let in a quarter of all addresses or more: no company's networks come near, so a firewall
 * with such rules restricts nothing. One /2 is a quarter; 0.0.0.0/1 with 128.0.0.0/1 is all.
 */
export function coversInternet(ranges: readonly IpRange[]): boolean {
  const size4 = sizeOf(ranges.filter(({ family }) => family === 4));
  const size6 = sizeOf(ranges.filter(({ family }) => family === 6).flatMap((range) => within(range, GLOBAL_IPV6)));
  return size4 >= 1n << 30n || size6 >= 1n << 123n;
}

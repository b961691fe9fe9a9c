import { coversInternet, formatIpv4Range, type IpRange, parseIpRange, reservedRangeOf } from "../base/azure/ipRange";
import { quotedValue } from "../base/text/quote";

/** What is said of one entry of a list of ranges: where it stands behind the list's path, what, and what is allowed. */
type Complain = (at: string, what: string, allowed: string) => void;

function read(texts: readonly string[]): { text: string; range: IpRange }[] {
  return texts.flatMap((text) => {
    const range = parseIpRange(text);
    return range === undefined ? [] : [{ text, range }];
  });
}

/** Each range stands once, whichever way it is written: 203.0.113.7 is 203.0.113.7/32. */
export function checkRepeated(texts: readonly string[], complain: Complain): void {
  const seen = new Map<string, string>();
  read(texts).forEach(({ text, range }, at) => {
    const key = formatIpv4Range(range);
    const before = seen.get(key);
    seen.set(key, before ?? text);
    if (before === undefined) return;
    complain(`[${at}]`, `${quotedValue(text)} is listed twice, also as ${before}`, "allowed: each range once");
  });
}

/**
 * What Key Vault refuses of a range: addresses that are private or otherwise not public, and an address that is not its
 * range's first. Sources: https://learn.microsoft.com/azure/key-vault/general/network-security (IPv4 alone, no RFC 1918);
 * https://github.com/Azure/azure-powershell/issues/11471.
 */
export function checkVaultRanges(texts: readonly string[], complain: Complain): void {
  read(texts).forEach(({ text, range }, at) => {
    const reserved = reservedRangeOf(range);
    if (reserved !== undefined) {
      const allowed = "allowed: public addresses; who comes from a private network needs a private endpoint";
      complain(`[${at}]`, `${quotedValue(text)} lies in ${reserved}, which Key Vault refuses`, allowed);
    } else if (!range.aligned) {
      const whole = formatIpv4Range(range);
      const allowed = `allowed: ${whole}, or ${text.split("/")[0] ?? ""} alone`;
      complain(
        `[${at}]`,
        `${quotedValue(text)} is not the first address of its range, which Key Vault refuses`,
        allowed,
      );
    }
  });
}

/** What of ranges that Azure takes is probably not meant. */
export function warnOfRanges(texts: readonly string[], complain: Complain): void {
  const all = read(texts);
  if (coversInternet(all.map(({ range }) => range))) {
    const what = "lets in a quarter of all addresses or more, and so restricts nothing";
    complain("", what, "name the networks that must come in, or leave it out");
  }
  all.forEach(({ text, range }, at) => {
    const reserved = reservedRangeOf(range);
    if (reserved === undefined) return;
    const what = `${quotedValue(text)} lies in ${reserved}: nobody comes to a public endpoint from there`;
    complain(`[${at}]`, what, "name the public addresses behind which the network goes out");
  });
}

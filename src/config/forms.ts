import { text, whole } from "../base/decode/decode";

/** Forms of values that several keys take. */

/** An IPv4 address, or a range of them. */
export const ipRange = text(
  /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\/(?:[12]?\d|3[0-2]))?$/,
  "an IPv4 address or range, such as 203.0.113.0/24",
);

/** A region as Azure's own interface writes it. */
export const region = text(/^[a-z][a-z0-9]{2,39}$/, "an Azure region's name, such as westeurope");

/** GitHub's number of a user, a team, a repository or an App. */
export const githubId = whole(1, 2 ** 53 - 1);

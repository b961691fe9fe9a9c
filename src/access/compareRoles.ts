import type { AccessRow } from "../domain/access";
import type { DeployedAccess, DeployedAssignment } from "./deployed";
import { findingsOf, type AccessFinding } from "./finding";

/** What the matrix says of one registry, and whom its names stand for. */
export interface Matrix {
  /** Lines of identities that concern this registry, of whichever stage's outputs. */
  rows: readonly AccessRow[];
  /** Principal ids by the identity's name. */
  principals: ReadonlyMap<string, string>;
}

/** A line whose role can be seen at the registry: on it, or on its group. */
interface Expected {
  who: string;
  role: string;
  /** Whether it stands on the registry itself. */
  direct: boolean;
  principalId: string;
}

const lower = (text: string): string => text.toLowerCase();
/** Roles that reach images wherever they are given. Source: Azure built-in roles for containers. */
const IMAGE_ROLE = /^(?:acr|container registry )/i;

const isDirect = ({ scope }: DeployedAssignment, { registryId }: DeployedAccess) => lower(scope) === lower(registryId);
/** True for what is given to the same, as the same role, in the same place or, where the matrix says so, above it. */
const fits = (expected: Expected, assignment: DeployedAssignment, deployed: DeployedAccess): boolean =>
  lower(assignment.principalId) === lower(expected.principalId) &&
  lower(assignment.role) === lower(expected.role) &&
  isDirect(assignment, deployed) === expected.direct;

/** Compares the role assignments that reach a registry with the matrix. */
export function compareRoles(deployed: DeployedAccess, { rows, principals }: Matrix): AccessFinding[] {
  const make = findingsOf(deployed.class);
  const names = new Map([...principals].map(([name, id]) => [lower(id), name]));
  const unknown = new Set<string>();
  const expected = rows.flatMap(({ who, role, on }): Expected[] => {
    if (role === undefined || on === "workspace" || on === "vault") return [];
    const principalId = principals.get(who);
    if (principalId !== undefined) return [{ who, role, principalId, direct: on === undefined }];
    unknown.add(who);
    return [];
  });
  const missing = expected.filter((one) => !deployed.assignments.some((found) => fits(one, found, deployed)));
  const findings = deployed.assignments.flatMap((found): AccessFinding[] => {
    const who = names.get(lower(found.principalId)) ?? found.principalId;
    const wanted = expected.find((one) => fits(one, found, deployed));
    if (wanted && found.condition === undefined) return [];
    if (wanted) return [make("different", who, `${found.role} under a condition; the matrix has none`)];
    if (isDirect(found, deployed)) return [make("extra", who, extra(found))];
    const reaches = names.has(lower(found.principalId)) || IMAGE_ROLE.test(found.role);
    return [make("inherited", who, `${extra(found)}, inherited from ${found.scope || "/"}`, reaches)];
  });
  return [
    ...[...unknown].map((who) =>
      make("unknown", who, "the outputs hold no principal id of it; run `pulumi up`, or give its stage's outputs"),
    ),
    ...missing.map(({ who, role, direct }) =>
      make("missing", who, `${role} ${direct ? "on the registry" : "on the resource group"} is not given`),
    ),
    ...findings,
  ];
}

const extra = ({ role, principalType }: DeployedAssignment): string => {
  const kind =
    principalType === undefined
      ? ""
      : ` to a ${principalType === "Unknown" ? "principal that is gone" : principalType}`;
  return `${role} is given${kind}; the matrix does not say so`;
};

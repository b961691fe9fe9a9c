import { output, type Input } from "@pulumi/pulumi";
import type { ImageClass } from "../domain/imageClass";
import type { StagePlan } from "../domain/plan";
import { told } from "../told";
import type { DualRegistry } from "./dualRegistry";
import { StageIdentities, type IdentityHandle, type StageIdentitiesArgs } from "./stageIdentities";

/** What the stage before says of its registries. */
export type RegistriesBefore = Input<Readonly<Record<ImageClass, { id?: string }>>>;

/** ARM ids of the registries before, for the classes that a plan reads there. */
function idsBefore(plan: StagePlan, registries: RegistriesBefore | undefined): StageIdentitiesArgs["before"] {
  const scopes = plan.identities.identities.flatMap(({ grants }) => grants.map(({ on }) => on));
  const classes = scopes.flatMap((on) => (on.at === "before" ? [on.class] : []));
  const id = (of: ImageClass) =>
    output(registries ?? {}).apply((all: Partial<Record<ImageClass, { id?: string }>>) => {
      const found = all[of]?.id;
      if (found !== undefined) return found;
      throw told(
        `Stack "${plan.before?.stack ?? ""}" holds no ${of} registry in Azure, so nobody can be given the right to read it: ` +
          "write before as the name of the stage alone, so that its own file tells, or leave before out",
      );
    });
  return Object.fromEntries(classes.map((of) => [of, id(of)]));
}

/**
 * A stage's identities as its plan has them, on what the pair of registries made.
 *
 * @returns by the identity's name; empty where the plan has none
 */
export function makeIdentities(
  plan: StagePlan,
  pair: DualRegistry,
  more: { before?: RegistriesBefore; vaultId?: Input<string>; secrets?: StageIdentitiesArgs["secrets"] } = {},
): Readonly<Record<string, IdentityHandle>> {
  const { group } = pair;
  if (plan.identities.identities.length === 0 || group === undefined || plan.resourceGroup === undefined) return {};
  const target = (of: ImageClass) => {
    const [id, resource] = [pair.registries[of].registryId, pair.made[of]];
    return id === undefined ? {} : { [of]: { id, ...(resource === undefined ? {} : { resource }) } };
  };
  const made = new StageIdentities(
    `${plan.product}-identities`,
    {
      ...plan.identities,
      resourceGroupName: plan.resourceGroup,
      groupId: group.id,
      location: plan.location,
      registries: { ...target("secure"), ...target("standard") },
      before: idsBefore(plan, more.before) ?? {},
      ...(pair.workspaceId === undefined ? {} : { workspaceId: pair.workspaceId }),
      ...(more.vaultId === undefined ? {} : { vaultId: more.vaultId }),
      ...(more.secrets === undefined ? {} : { secrets: more.secrets }),
      tags: plan.tags,
    },
    { dependsOn: [group] },
  );
  pair.later.push(made);
  return made.identities;
}

import { defined } from "../base/defined";
import type { ImageClass } from "../domain/image/imageClass";
import type { StageOutputs } from "../outputs";
import type { RegistryView } from "./model";

/** A registry as outputs and settings have it. */
type Registry = Pick<
  StageOutputs["registries"]["secure"],
  "class" | "loginServer" | "vanityHost" | "kind" | "namespace"
>;

/** The two registries, as pages and the API name them. */
export const registryViews = ({
  registries: pair,
}: {
  registries: Readonly<Record<ImageClass, Registry>>;
}): Record<ImageClass, RegistryView> => ({ secure: viewOf(pair.secure), standard: viewOf(pair.standard) });

const viewOf = ({ class: imageClass, loginServer, vanityHost, kind, namespace }: Registry): RegistryView => ({
  ...{ class: imageClass, host: loginServer, vanityHost, kind, ...defined({ namespace }) },
});

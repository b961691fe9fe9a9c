import { Server, ServerCredentials } from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { armId, inputsOfArmId, typeOfArmId } from "./armIds";
import { azureModel } from "./azureModel";
import { GlobalNames } from "./azureNames";
import { Cloud, type Naming } from "./cloud";
import { type Directory, startDirectory } from "./directory";
import { teamNumber } from "./githubAdmission";
import { GITHUB, githubId, inputsOfGithubId } from "./githubIds";
import { githubModel } from "./githubModel";
import { idOfObject, inputsOfObject, isInNamespace, isKubernetes } from "./kubernetesIds";
import { kubernetesModel } from "./kubernetesModel";
import { textAt } from "./lookup";
import { type ProviderCall, type ProviderFault, providerService } from "./service";
import { SIGNED_IN_SUBSCRIPTION } from "./sessions";

/** The stand-ins of all providers, with the one cloud behind them. */
export interface Providers {
  /** Value for PULUMI_DEBUG_PROVIDERS: `azure-native:PORT,github:PORT,kubernetes:PORT`. */
  debugProviders: string;
  /** What exists: tests read it, and change it for drift. */
  cloud: Cloud;
  /** Who and what GitHub knows by name. */
  directory: Directory;
  /** What the engines asked for, in order; previews of creations and updates are `preview-create` and `preview-update`. */
  calls: readonly ProviderCall[];
  /** Azure's names that only one has, and the deleted vaults that keep theirs. */
  names: GlobalNames;
  /** Tell of what else exists, such as what Azure makes through another interface; a test adds to them. */
  beside: ((id: string) => boolean)[];
  /** Failures to come; a test adds to them. */
  faults: ProviderFault[];
  close(): Promise<void>;
}

/** Starts one loopback gRPC server a provider. Any number of engines may attach; the state lives in this process. */
export async function startProviders(): Promise<Providers> {
  const directory = startDirectory();
  const cloud = new Cloud(naming(directory));
  const calls: ProviderCall[] = [];
  const faults: ProviderFault[] = [];
  const names = new GlobalNames();
  const beside: Providers["beside"] = [];
  const models = [
    azureModel(cloud, names, (id) => beside.some((knows) => knows(id))),
    githubModel(cloud, directory),
    kubernetesModel(cloud),
  ];
  const servers = await Promise.all(
    models.map(async (model) => {
      const server = new Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
      server.addService(ResourceProviderService, providerService(model, { calls, faults }));
      return { server, address: `${model.name}:${await bind(server)}` };
    }),
  );
  return {
    debugProviders: servers.map(({ address }) => address).join(","),
    cloud,
    directory,
    names,
    beside,
    calls,
    faults,
    close: async () => {
      for (const { server } of servers) server.forceShutdown();
      await Promise.resolve();
    },
  };
}

function bind(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) resolve(port);
      else reject(error);
    });
  });
}

function naming(directory: Directory): Naming {
  const seeded = { policies: 900_000 };
  const isArm = (type: string) => type.startsWith("azure-native:");
  const numberOf = (type: string, team: string) =>
    type === GITHUB.policy ? seeded.policies++ : (teamNumber(team, directory) ?? 0);
  return {
    typeOf: typeOfArmId,
    inputsOf: (type, id) => {
      if (isKubernetes(type)) return inputsOfObject(type, id);
      return isArm(type) ? inputsOfArmId(type, id) : inputsOfGithubId(type, id);
    },
    idOf: (type, inputs) => {
      if (isKubernetes(type)) return idOfObject(type, inputs);
      if (!isArm(type)) return githubId(type, inputs, numberOf(type, textAt(inputs, "teamId")));
      return armId(type, inputs, textAt(inputs, "subscriptionId") || SIGNED_IN_SUBSCRIPTION);
    },
    contains: (outer, inner) => {
      if (isKubernetes(outer.type)) return isInNamespace(outer, inner);
      if (isArm(outer.type)) return inner.id.toLowerCase().startsWith(`${outer.id.toLowerCase()}/`);
      const environments: readonly string[] = [GITHUB.policy, GITHUB.variable];
      return (
        outer.type === GITHUB.environment && environments.includes(inner.type) && inner.id.startsWith(`${outer.id}:`)
      );
    },
  };
}

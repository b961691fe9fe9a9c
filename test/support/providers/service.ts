import { status, type UntypedServiceImplementation } from "@grpc/grpc-js";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import * as pb from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { WireError } from "../../../src/preview/record/wire";
import { carryOver } from "./changes";
import { constraints, specOf } from "./constraints";
import { diffResponse } from "./diffResponse";
import type { Model } from "./model";
import { answer, unimplemented } from "./rpc";
import { secretFields, toPlain } from "./secrecy";
import { Sessions } from "./sessions";
import { type Problem, validate } from "./validate";
import { decode, encode, type Fields, UNKNOWN, type Value } from "./values";

/** Makes calls fail: the next `times` calls of an operation on a type, or on those of its resources a name matches. */
export interface ProviderFault {
  type: string;
  operation: "create" | "update" | "delete" | "read";
  /** Of the resource in the program. Default: every one. */
  name?: RegExp;
  message: string;
  times: number;
}

/** One request of an engine. */
export interface ProviderCall {
  provider: string;
  operation: string;
  type: string;
  name: string;
}

/** What a test sees and steers. */
export interface Bench {
  calls: ProviderCall[];
  faults: ProviderFault[];
}

/** Keys that the engine itself adds to a provider's configuration. */
const ENGINE_KEYS: readonly string[] = [
  "version",
  "pluginDownloadURL",
  "pluginChecksums",
  "parameterization",
  "__internal",
];

/** The provider protocol in front of a model. */
export function providerService(model: Model, bench: Bench): UntypedServiceImplementation {
  const sessions = new Sessions();
  const asked = (operation: string, urn: string): { type: string; name: string } => {
    const { type, name } = partsOf(urn);
    bench.calls.push({ provider: model.name, operation, type, name });
    specOf(type);
    const fault = bench.faults.find(
      (one) => one.operation === operation && one.type === type && one.times > 0 && (one.name?.test(name) ?? true),
    );
    if (fault !== undefined) {
      fault.times -= 1;
      throw new Error(fault.message);
    }
    return { type, name };
  };
  return {
    attach: answer(() => new Empty()),
    cancel: answer(() => new Empty()),
    getPluginInfo: answer(() => new PluginInfo().setVersion(constraints().providers[model.name]?.version ?? "")),
    checkConfig: answer((request: pb.CheckRequest) => {
      const news = decode(request.getNews());
      const known = [...(constraints().providers[model.name]?.config ?? []), ...ENGINE_KEYS];
      const strange = Object.keys(news).filter((name) => !known.includes(name));
      const problems = strange.map((property) => ({
        property,
        reason: `'${property}' is no configuration of ${model.name} ${model.manners.unknownProperty}`,
      }));
      return checked(news, problems);
    }),
    diffConfig: answer(() => new pb.DiffResponse().setChanges(pb.DiffResponse.DiffChanges.DIFF_NONE)),
    configure: answer((request: pb.ConfigureRequest, peer) => {
      sessions.configure(peer, decode(request.getArgs()));
      return new pb.ConfigureResponse().setAcceptsecrets(true).setSupportspreview(true);
    }),
    check: answer((request: pb.CheckRequest, peer) => {
      const { type, name } = asked("check", request.getUrn());
      const seed = request.getRandomseed_asB64();
      const account = sessions.accountOf(peer);
      const inputs = model.fill(type, decode(request.getNews()), decode(request.getOlds()), { name, seed, account });
      return checked(inputs, [...validate(specOf(type), inputs, model.manners), ...model.rules(type, inputs)]);
    }),
    diff: answer((request: pb.DiffRequest) => {
      const { type } = asked("diff", request.getUrn());
      const before = decode(request.getOldInputs() ?? request.getOlds());
      return diffResponse(model, type, before, decode(request.getNews()), decode(request.getOlds()));
    }),
    create: answer(async (request: pb.CreateRequest, peer) => {
      const inputs = decode(request.getProperties());
      if (request.getPreview()) {
        const { type } = asked("preview-create", request.getUrn());
        return new pb.CreateResponse().setProperties(encode(previewed(model, type, inputs, {})));
      }
      const { type } = asked("create", request.getUrn());
      const { id, outputs } = await model.create(type, toPlain(inputs), sessions.accountOf(peer));
      return new pb.CreateResponse().setId(id).setProperties(encode(secretFields(outputs, inputs)));
    }),
    read: answer((request: pb.ReadRequest) => {
      const { type } = asked("read", request.getUrn());
      const [id, before, inputs] = [request.getId(), decode(request.getProperties()), decode(request.getInputs())];
      const outputs = model.read(type, id, before);
      if (outputs === undefined) return new pb.ReadResponse();
      const imported = Object.keys(inputs).length === 0;
      const now = imported
        ? model.importedInputs(type, id)
        : carryOver(inputs, settable(type, before), settable(type, decode(encode(outputs))));
      return new pb.ReadResponse()
        .setId(id)
        .setProperties(encode(secretFields(secretFields(outputs, before), inputs)))
        .setInputs(encode(secretFields(now, inputs)));
    }),
    update: answer(async (request: pb.UpdateRequest) => {
      const inputs = decode(request.getNews());
      if (request.getPreview()) {
        const { type } = asked("preview-update", request.getUrn());
        return new pb.UpdateResponse().setProperties(encode(previewed(model, type, inputs, decode(request.getOlds()))));
      }
      const { type } = asked("update", request.getUrn());
      const outputs = await model.update(type, request.getId(), toPlain(inputs));
      return new pb.UpdateResponse().setProperties(encode(secretFields(outputs, inputs)));
    }),
    delete: answer(async (request: pb.DeleteRequest) => {
      const { type } = asked("delete", request.getUrn());
      await model.remove(type, request.getId());
      return new Empty();
    }),
    invoke: answer((request: pb.InvokeRequest, peer) => {
      const result = model.invoke?.(request.getTok(), sessions.accountOf(peer));
      if (result !== undefined) return new pb.InvokeResponse().setReturn(encode(result));
      throw new WireError(status.UNIMPLEMENTED, `${request.getTok()} is not offered by the stand-ins`);
    }),
    ...Object.fromEntries(
      ["handshake", "parameterize", "getSchema", "call", "list", "construct", "getMapping", "getMappings"].map(
        (method) => [method, unimplemented(method)],
      ),
    ),
  };
}

/** Without what only the service sets: a refresh makes no input of it. */
function settable(type: string, fields: Fields): Fields {
  const { properties } = specOf(type);
  return Object.fromEntries(Object.entries(fields).filter(([name]) => properties[name] !== undefined));
}

function checked(inputs: Fields, problems: readonly Problem[]): pb.CheckResponse {
  const failures = problems.map(({ property, reason }) =>
    new pb.CheckFailure().setProperty(property.split(/[.[]/)[0] ?? "").setReason(reason),
  );
  return new pb.CheckResponse().setInputs(encode(inputs)).setFailuresList(failures);
}

/** Outputs as far as a preview knows them: inputs, defaults, and of an update what it cannot change. */
function previewed(model: Model, type: string, inputs: Fields, olds: Fields): Fields {
  const outputs: Record<string, Value> = {};
  const { outputs: names, properties } = specOf(type);
  for (const name of names) {
    const spec = properties[name];
    const value = inputs[name] ?? (model.stable.includes(name) ? olds[name] : undefined) ?? spec?.default;
    if (value !== undefined) outputs[name] = value;
    else if (spec === undefined || model.previewsInputsOnly) outputs[name] = UNKNOWN;
  }
  return outputs;
}

/** Type and name out of `urn:pulumi:stack::project::parents$type::name`. */
function partsOf(urn: string): { type: string; name: string } {
  const [, , types = "", ...name] = urn.split("::");
  return { type: types.split("$").at(-1) ?? "", name: name.join("::") };
}

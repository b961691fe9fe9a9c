import {
  Server,
  ServerCredentials,
  type ServiceDefinition,
  status,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import {
  GetRootResourceResponse,
  LogRequest,
  LogSeverity,
  RequirePulumiVersionResponse,
  type SetRootResourceRequest,
  SetRootResourceResponse,
} from "@pulumi/pulumi/proto/engine_pb";
import { CallResponse, InvokeResponse } from "@pulumi/pulumi/proto/provider_pb";
import { ResourceMonitorService } from "@pulumi/pulumi/proto/resource_grpc_pb";
import type * as requests from "@pulumi/pulumi/proto/resource_pb";
import * as pb from "@pulumi/pulumi/proto/resource_pb";
import { type ReadResourceRequest, ReadResourceResponse } from "@pulumi/pulumi/proto/resource_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { RecordedLog } from "../recording";
import { resultProperties } from "./functionResults";
import { requestOptions, requestSources } from "./requestOptions";
import { buildUrn, STACK_TYPE, type StageRecord } from "./stageRecord";
import { decodeFields, decodeString, stackReferenceState, unary, unknownObject, WireError } from "./wire";

/** What the SDK may rely on; an SDK that asks for more is told no, and does without or says so. */
const FEATURES: ReadonlySet<string> = new Set([
  "secrets",
  "resourceReferences",
  "outputValues",
  "deletedWith",
  "replaceWith",
  "aliasSpecs",
  "transforms",
  "invokeTransforms",
  "parameterization",
  "resourceHooks",
  "errorHooks",
]);

/** The function behind resources that are looked up by their URN. */
const GET_RESOURCE = "pulumi:pulumi:getResource";

/** The serialised closure of a dynamic resource: code, not configuration. */
const CODE: ReadonlySet<string> = new Set(["__provider"]);

/** Answers for stack references; see `ReferenceBoard`. */
export interface StackOutputsSource {
  /**
   * Waits for the named stack's recording.
   *
   * @returns its outputs as they came over the wire; `undefined` when another project is meant
   * @throws WireError when there is no such stack, when it failed, or when stages wait for each other
   */
  outputsOf(reference: string): Promise<Struct | undefined>;
}

/**
 * The ResourceMonitor service as the engine offers it in a preview, with nobody behind it: what is registered is written
 * to the record and answered with its own inputs, and everything else is unknown.
 */
function createMonitor(
  record: StageRecord,
  stacks: StackOutputsSource,
  importers: readonly string[],
): UntypedServiceImplementation {
  const refuse = (what: string): never => {
    record.refusals.push(`RECORDER_UNSUPPORTED: ${what}`);
    throw new WireError(status.UNIMPLEMENTED, `RECORDER_UNSUPPORTED: ${what}`);
  };
  const refuseTransforms = unary(() =>
    refuse("The offline preview cannot run transforms: set the properties where the resource is built"),
  );
  const accept = unary(() => new Empty());
  return {
    supportsFeature: unary((request: requests.SupportsFeatureRequest) =>
      new pb.SupportsFeatureResponse().setHassupport(FEATURES.has(request.getId())),
    ),
    registerResource: unary((request: requests.RegisterResourceRequest) => {
      if (request.getTransformsList().length > 0) {
        refuse(`The offline preview cannot run the transforms of '${request.getName()}' [${request.getType()}]`);
      }
      return registerResource(record, request);
    }),
    registerResourceOutputs: unary((request: requests.RegisterResourceOutputsRequest) => {
      if (!record.addOutputs(request.getUrn(), request.getOutputs())) {
        throw new WireError(status.INVALID_ARGUMENT, `Cannot add outputs to '${request.getUrn()}': not registered`);
      }
      return new Empty();
    }),
    readResource: unary((request: requests.ReadResourceRequest) => readResource(record, stacks, request)),
    invoke: unary((request: requests.ResourceInvokeRequest) => {
      if (request.getTok() === GET_RESOURCE) refuse("The offline preview has no state to get a resource from by URN");
      return new InvokeResponse().setReturn(unknownResult(record, request.getTok(), importers));
    }),
    call: unary((request: requests.ResourceCallRequest) => {
      return new CallResponse().setReturn(unknownResult(record, request.getTok(), importers));
    }),
    registerPackage: unary((request: requests.RegisterPackageRequest) => {
      const parameter = request.getParameterization();
      const names = [request.getName(), request.getVersion(), parameter?.getName(), parameter?.getVersion()];
      return new pb.RegisterPackageResponse().setRef(names.filter(Boolean).join("/"));
    }),
    // Hooks run around steps of a deployment; a preview has none, and they do not change what is registered.
    registerResourceHook: accept,
    registerErrorHook: accept,
    registerStackTransform: refuseTransforms,
    registerStackInvokeTransform: refuseTransforms,
    signalAndWaitForShutdown: accept,
  };
}

/** Notes a call of a provider, and answers it with what nobody knows offline. */
function unknownResult(record: StageRecord, token: string, importers: readonly string[]): Struct {
  const properties = resultProperties(token, importers);
  if (properties === undefined && !record.calls.has(token)) {
    const message = `The offline preview cannot tell what '${token}' answers: no installed package declares it`;
    record.logs.push({ severity: "warning", message: `${message}, so each property of it reads as undefined` });
  }
  record.calls.add(token);
  return unknownObject(properties ?? []);
}

function registerResource(record: StageRecord, request: requests.RegisterResourceRequest): pb.RegisterResourceResponse {
  const [type, name] = [request.getType(), request.getName()];
  const parent = type === STACK_TYPE ? "" : request.getParent() || record.stackUrn;
  const urn = buildUrn({ stack: record.stack, project: record.project, parent, type, name });
  const added = record.add({
    urn,
    type,
    name,
    ...(parent === "" ? {} : { parent }),
    custom: request.getCustom(),
    inputs: decodeFields(request.getObject(), CODE),
    options: requestOptions(request),
    ...(request.getCustom() ? { sources: requestSources(request) } : {}),
  });
  if (!added) {
    const message = `Duplicate resource URN '${urn}'; try giving it a unique name`;
    record.refusals.push(message);
    throw new WireError(status.ALREADY_EXISTS, message);
  }
  if (request.getRemote()) warnAboutChildren(record, urn);
  const response = new pb.RegisterResourceResponse().setUrn(urn);
  // A component's own fields are its outputs: only a provider's resource reads its inputs from the answer.
  return request.getCustom() || request.getRemote() ? response.setObject(withoutCode(request.getObject())) : response;
}

function withoutCode(object: Struct | undefined): Struct | undefined {
  for (const key of CODE) object?.getFieldsMap().del(key);
  return object;
}

function warnAboutChildren(record: StageRecord, urn: string): void {
  const message = `'${urn}' is built by its provider: the resources in it are not part of the offline preview`;
  record.logs.push({ severity: "warning", message });
}

const STACK_REFERENCE = "pulumi:pulumi:StackReference";

/** Answers a read: a stack reference with the other stage's outputs, any other resource with what was asked by. */
async function readResource(
  record: StageRecord,
  stacks: StackOutputsSource,
  request: ReadResourceRequest,
): Promise<ReadResourceResponse> {
  const [type, name, id] = [request.getType(), request.getName(), request.getId()];
  const parent = request.getParent() || record.stackUrn;
  const urn = buildUrn({ stack: record.stack, project: record.project, parent, type, name });
  const response = new ReadResourceResponse().setUrn(urn);
  if (type !== STACK_REFERENCE) {
    record.reads.push({ urn, type, name, id: decodeString(id), parent });
    return response.setProperties(request.getProperties());
  }
  record.references.push({ name, stack: id });
  return response.setProperties(stackReferenceState(id, await stacks.outputsOf(id)));
}

/** A running server for one child. */
export interface LoopbackServer {
  /** `127.0.0.1:<port>`, for both services. */
  address: string;
  close(): void;
}

/**
 * Starts monitor and engine for one stage on a free port of the loopback interface.
 *
 * @param importers files or folders whose installed packages declare what a function answers
 */
export async function startLoopbackServer(
  record: StageRecord,
  stacks: StackOutputsSource,
  importers: readonly string[],
): Promise<LoopbackServer> {
  const server = new Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
  server.addService(ResourceMonitorService, createMonitor(record, stacks, importers));
  server.addService(engineDefinition, createEngine(record));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  return { address: `127.0.0.1:${port}`, close: () => server.forceShutdown() };
}

const SEVERITIES: Readonly<Record<LogSeverity, RecordedLog["severity"]>> = {
  [LogSeverity.DEBUG]: "debug",
  [LogSeverity.INFO]: "info",
  [LogSeverity.WARNING]: "warning",
  [LogSeverity.ERROR]: "error",
};

/** First byte of a log message whose severity is set: field 1, a number. Debug is zero and so never sent. */
const SEVERITY_FIELD = 0x08;

/**
 * The Engine service's definition, except that the SDK's own debug lines, several for each resource, are not decoded.
 */
const engineDefinition: ServiceDefinition = {
  ...EngineService,
  log: {
    ...EngineService.log,
    requestDeserialize: (bytes: Buffer) =>
      bytes[0] === SEVERITY_FIELD ? LogRequest.deserializeBinary(bytes) : new LogRequest(),
  },
};

/** The Engine service: keeps what the program logs above debug, and remembers the root resource. */
function createEngine(record: StageRecord): UntypedServiceImplementation {
  let root = "";
  return {
    log: unary((request: LogRequest) => {
      const severity = SEVERITIES[request.getSeverity()];
      if (severity !== "debug") record.logs.push({ severity, message: decodeString(request.getMessage()) });
      return new Empty();
    }),
    getRootResource: unary(() => new GetRootResourceResponse().setUrn(root)),
    setRootResource: unary((request: SetRootResourceRequest) => {
      root = request.getUrn();
      return new SetRootResourceResponse();
    }),
    requirePulumiVersion: unary(() => new RequirePulumiVersionResponse()),
    startDebugging: unary(() => new Empty()),
  };
}

import type { ServiceDefinition, UntypedServiceImplementation } from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import {
  GetRootResourceResponse,
  LogRequest,
  LogSeverity,
  RequirePulumiVersionResponse,
  SetRootResourceResponse,
} from "@pulumi/pulumi/proto/engine_pb";
import type { SetRootResourceRequest } from "@pulumi/pulumi/proto/engine_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { RecordedLog } from "../recording";
import type { StageRecord } from "./stageRecord";
import { unary } from "./unary";
import { decodeString } from "./wire";

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
export const engineDefinition: ServiceDefinition = {
  ...EngineService,
  log: {
    ...EngineService.log,
    requestDeserialize: (bytes: Buffer) =>
      bytes[0] === SEVERITY_FIELD ? LogRequest.deserializeBinary(bytes) : new LogRequest(),
  },
};

/** The Engine service: keeps what the program logs above debug, and remembers the root resource. */
export function createEngine(record: StageRecord): UntypedServiceImplementation {
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

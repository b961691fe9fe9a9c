import { Server, ServerCredentials } from "@grpc/grpc-js";
import { ResourceMonitorService } from "@pulumi/pulumi/proto/resource_grpc_pb";
import { createEngine, engineDefinition } from "./engineService";
import type { StackOutputsSource } from "./monitor";
import { createMonitor } from "./monitor";
import type { StageRecord } from "./stageRecord";

/** A running server for one child. */
export interface LoopbackServer {
  /** `127.0.0.1:<port>`, for both services. */
  address: string;
  close(): void;
}

/** Starts monitor and engine for one stage on a free port of the loopback interface. */
export async function startLoopbackServer(record: StageRecord, stacks: StackOutputsSource): Promise<LoopbackServer> {
  const server = new Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
  server.addService(ResourceMonitorService, createMonitor(record, stacks));
  server.addService(engineDefinition, createEngine(record));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  return { address: `127.0.0.1:${port}`, close: () => server.forceShutdown() };
}

import { promisify } from "node:util";
import { credentials, type ServiceError } from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as pb from "@pulumi/pulumi/proto/provider_pb";
import { decode, encode, type Fields } from "./values";

/** A resource as the engine has it after a creation or a refresh. */
export interface Held {
  id: string;
  inputs: Fields;
  outputs: Fields;
}

/** As every provider of an engine has it: what is configured belongs to the connection. */
const OWN_CONNECTION = { "grpc.use_local_subchannel_pool": 1 };

/** What an engine would ask of a provider, one call a method; every answer decoded. */
export class ProviderClient {
  readonly rpc: ResourceProviderClient;

  constructor(debugProviders: string, provider: string) {
    const port = new Map(debugProviders.split(",").map((one) => one.split(":") as [string, string])).get(provider);
    this.rpc = new ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure(), OWN_CONNECTION);
  }

  close(): void {
    this.rpc.close();
  }

  configure(config: Fields): Promise<pb.ConfigureResponse> {
    return this.ask((done) => this.rpc.configure(new pb.ConfigureRequest().setArgs(encode(config)), done));
  }

  async checkConfig(config: Fields): Promise<string[]> {
    const request = new pb.CheckRequest().setNews(encode(config));
    const answer = await this.ask<pb.CheckResponse>((done) => this.rpc.checkConfig(request, done));
    return answer.getFailuresList().map((failure) => failure.getReason());
  }

  /** Inputs as the provider completes them, and its reasons to refuse. */
  async check(type: string, news: Fields, olds: Fields = {}): Promise<{ inputs: Fields; failures: string[] }> {
    const request = new pb.CheckRequest().setUrn(urn(type)).setNews(encode(news)).setOlds(encode(olds));
    const answer = await this.ask<pb.CheckResponse>((done) => this.rpc.check(request.setRandomseed("c2VlZA=="), done));
    return {
      inputs: decode(answer.getInputs()),
      failures: answer.getFailuresList().map((failure) => failure.getReason()),
    };
  }

  /** The raw answer to a diff of inputs. */
  diff(type: string, held: Held, news: Fields): Promise<pb.DiffResponse> {
    const request = new pb.DiffRequest().setUrn(urn(type)).setId(held.id).setOlds(encode(held.outputs));
    request.setOldInputs(encode(held.inputs)).setNews(encode(news));
    return this.ask((done) => this.rpc.diff(request, done));
  }

  async create(type: string, inputs: Fields, preview = false): Promise<Held> {
    const request = new pb.CreateRequest().setUrn(urn(type)).setProperties(encode(inputs)).setPreview(preview);
    const answer = await this.ask<pb.CreateResponse>((done) => this.rpc.create(request, done));
    return { id: answer.getId(), inputs, outputs: decode(answer.getProperties()) };
  }

  /** Refresh, or with an id alone an import; the id is empty when the resource is gone. */
  async read(type: string, held: Pick<Held, "id"> & Partial<Held>): Promise<Held> {
    const request = new pb.ReadRequest().setUrn(urn(type)).setId(held.id);
    request.setInputs(encode(held.inputs ?? {})).setProperties(encode(held.outputs ?? {}));
    const answer = await this.ask<pb.ReadResponse>((done) => this.rpc.read(request, done));
    return { id: answer.getId(), inputs: decode(answer.getInputs()), outputs: decode(answer.getProperties()) };
  }

  async update(type: string, held: Held, news: Fields, preview = false): Promise<Held> {
    const request = new pb.UpdateRequest().setUrn(urn(type)).setId(held.id).setOlds(encode(held.outputs));
    request.setOldInputs(encode(held.inputs)).setNews(encode(news)).setPreview(preview);
    const answer = await this.ask<pb.UpdateResponse>((done) => this.rpc.update(request, done));
    return { id: held.id, inputs: news, outputs: decode(answer.getProperties()) };
  }

  async delete(type: string, held: Held): Promise<void> {
    const request = new pb.DeleteRequest().setUrn(urn(type)).setId(held.id).setProperties(encode(held.outputs));
    await this.ask((done) => this.rpc.delete(request, done));
  }

  private ask<Answer>(call: (done: (error: ServiceError | null, answer: Answer) => void) => unknown): Promise<Answer> {
    return promisify<Answer>((done) => void call(done as (error: ServiceError | null, answer: Answer) => void))();
  }
}

/** The URN of the one resource of a type that these tests speak of. */
function urn(type: string): string {
  return `urn:pulumi:qa::orders::${type}::it`;
}

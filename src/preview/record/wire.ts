import { type handleUnaryCall, status } from "@grpc/grpc-js";
import { ListValue, Struct, Value, Value as WireValue } from "google-protobuf/google/protobuf/struct_pb";
import type { Json } from "../../base/json";
import { SECRET, UNKNOWN } from "../../base/placeholders";

/** The key that marks an object on the wire as something other than an object (Pulumi SDK, runtime/rpc). */
export const SIGNATURE = "4dabf18193072939515e22adb298388d";

/** The values of {@link SIGNATURE} that the Node SDK sends (Pulumi SDK, runtime/rpc). */
export const SIGNATURES = {
  asset: "c44067f5952c0a294b673a41bacd8c17",
  archive: "0def7320c3a5731c473e5ecbe6d01bc7",
  secret: "1b47061264138c4ac30d75fd1eb44270",
  resource: "5cf8f73096256a8f31e491e813e4eb8e",
  output: "d0e6a833031e9bbcd3f4e8bde6ca49a4",
} as const;

/** What the SDK sends and reads for a value that is not known yet. */
export const UNKNOWN_VALUE = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Every spelling of "unknown" on the wire; other languages' SDKs have one for each type (Pulumi, plugin/rpc.go). */
const UNKNOWNS: ReadonlySet<string> = new Set([
  UNKNOWN_VALUE,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

/** Fields the SDK adds to tell its own classes apart; no input and no output of the program. */
const MARKERS: ReadonlySet<string> = new Set([SIGNATURE, "__pulumiAsset", "__pulumiArchive", "@isPulumiResource"]);

/** A string as people read it: an unknown value, alone or inside a longer string, reads `[unknown]`. */
export function decodeString(text: string): string {
  if (UNKNOWNS.has(text)) return UNKNOWN;
  return text.includes(UNKNOWN_VALUE) ? text.replaceAll(UNKNOWN_VALUE, UNKNOWN) : text;
}

/**
 * One value of the wire as plain JSON: secrets read `[secret]`, unknown values `[unknown]`, a resource its URN, an asset
 * or archive `{ "[asset]": { path | text | uri } }`. Needs fewer stack frames for each level than decoding it took, so
 * what arrived can be converted, however deep.
 */
function decodeValue(value: Value): Json {
  switch (value.getKindCase()) {
    case WireValue.KindCase.STRING_VALUE:
      return decodeString(value.getStringValue());
    case WireValue.KindCase.NUMBER_VALUE:
      return decodeNumber(value.getNumberValue());
    case WireValue.KindCase.BOOL_VALUE:
      return value.getBoolValue();
    case WireValue.KindCase.LIST_VALUE:
      return (value.getListValue()?.getValuesList() ?? []).map(decodeValue);
    case WireValue.KindCase.STRUCT_VALUE:
      return decodeObject(value.getStructValue());
    case WireValue.KindCase.NULL_VALUE:
    case WireValue.KindCase.KIND_NOT_SET:
      return null;
  }
}

/**
 * All fields of a message's properties as plain JSON, keys sorted.
 *
 * @param omit names of top-level fields to leave out; default none
 */
export function decodeFields(struct: Struct | undefined, omit: ReadonlySet<string> = new Set()): Record<string, Json> {
  const fields: Record<string, Json> = {};
  struct?.getFieldsMap().forEach((value, key) => {
    if (!omit.has(key) && !MARKERS.has(key)) fields[key] = decodeValue(value);
  });
  return fields;
}

function decodeObject(struct: Struct | undefined): Json {
  const fields = struct?.getFieldsMap();
  const signature = fields?.get(SIGNATURE)?.getStringValue();
  switch (signature) {
    case undefined:
      return decodeFields(struct);
    case SIGNATURES.secret:
      return SECRET;
    case SIGNATURES.output: {
      if (fields?.get("secret")?.getBoolValue() === true) return SECRET;
      const value = fields?.get("value");
      return value === undefined ? UNKNOWN : decodeValue(value);
    }
    case SIGNATURES.resource:
      return decodeString(fields?.get("urn")?.getStringValue() ?? "");
    case SIGNATURES.asset:
      return { "[asset]": decodeFields(struct) };
    case SIGNATURES.archive:
      return { "[archive]": decodeFields(struct) };
    default:
      return decodeFields(struct);
  }
}

/** JSON has no NaN and no infinity: those are shown by name. */
function decodeNumber(number: number): Json {
  return Number.isFinite(number) ? number : String(number);
}

/** A wire value for a string. */
function stringValue(text: string): Value {
  const value = new Value();
  value.setStringValue(text);
  return value;
}

/** An object that is not known: each of the named properties is unknown, and so is the object as a whole. */
export function unknownObject(properties: readonly string[]): Struct {
  const unknown = (name: string): [string, Value] => [name, stringValue(UNKNOWN_VALUE)];
  // An object without properties would be known: the SDK takes whatever contains an unknown for unknown.
  return structOf(properties.length === 0 ? [unknown(UNKNOWN_VALUE)] : properties.map(unknown));
}

/** A properties bag of the given fields. */
function structOf(fields: Iterable<readonly [string, Value]>): Struct {
  const struct = new Struct();
  for (const [key, value] of fields) struct.getFieldsMap().set(key, value);
  return struct;
}

/**
 * The state of a StackReference as the engine answers it.
 *
 * @param name the reference as the program wrote it
 * @param outputs the referenced stack's outputs as they came over the wire, secrets wrapped; `undefined` when another
 *   project's stack is meant, whose outputs are unknown here
 */
export function stackReferenceState(name: string, outputs: Struct | undefined): Struct {
  const state = structOf([["name", stringValue(name)]]).getFieldsMap();
  if (outputs === undefined) {
    state.set("outputs", stringValue(UNKNOWN_VALUE));
    state.set("secretOutputNames", stringValue(UNKNOWN_VALUE));
  } else {
    state.set("outputs", new Value().setStructValue(outputs));
    state.set("secretOutputNames", new Value().setListValue(secretNames(outputs)));
  }
  return structOf(state.entries());
}

function secretNames(outputs: Struct): ListValue {
  const names: string[] = [];
  outputs.getFieldsMap().forEach((value, key) => {
    if (holdsSecret(value)) names.push(key);
  });
  return new ListValue().setValuesList(names.sort().map(stringValue));
}

/** True when the value is, or anywhere contains, a secret. */
function holdsSecret(value: Value): boolean {
  if (value.hasListValue()) return (value.getListValue()?.getValuesList() ?? []).some(holdsSecret);
  const fields = value.getStructValue()?.getFieldsMap();
  if (fields === undefined) return false;
  if (fields.get(SIGNATURE)?.getStringValue() === SIGNATURES.secret) return true;
  return [...fields.entries()].some(([, inner]) => holdsSecret(inner));
}

/** An answer that is an error: what the program's process gets to see, with gRPC's code for it. */
export class WireError extends Error {
  constructor(
    readonly code: status,
    message: string,
  ) {
    super(message);
    this.name = "WireError";
  }
}

/** A gRPC handler of a plain function; whatever it throws becomes the error answer. */
export function unary<Request, Response>(
  handle: (request: Request) => Response | Promise<Response>,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    Promise.resolve(call.request)
      .then(handle)
      .then(
        (response) => callback(null, response),
        (error: unknown) => callback(asServiceError(error)),
      );
  };
}

function asServiceError(error: unknown): { code: status; details: string } {
  const details = error instanceof Error ? error.message : String(error);
  return { code: error instanceof WireError ? error.code : status.UNKNOWN, details };
}

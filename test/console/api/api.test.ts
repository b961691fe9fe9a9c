import Ajv2020 from "ajv/dist/2020";
import addFormats from "ajv-formats";
import assert from "node:assert/strict";
import { Hono } from "hono";
import { isUnsafe } from "../../../src/base/text/unsafe";
import { consoleApi } from "../../../src/console/api";
import type { ConsoleEnv } from "../../../src/console/app";
import { settingsDigest } from "../../../src/console/settings";
import type { Digest } from "../../../src/base/digest";
import { ConsoleGround, type GroundSearch, until } from "../../support/console/ground";
import { describeWith, REFERRERS_TOOL } from "../../support/registries";
import { instead } from "../../support/registries/quirks";

interface Document {
  paths: Record<string, { get: { responses: Record<string, { content?: Record<string, { schema: object }> }> } }>;
}

describeWith(["docker-registry", REFERRERS_TOOL], "the console's API", () => {
  let ground: ConsoleGround;
  let api: Hono<ConsoleEnv>;
  let document: Document;
  let readable: (repository: string) => boolean = () => true;
  let digest: Digest;
  let now = Date.now();
  let search: GroundSearch;
  const faults: unknown[] = [];
  const ajv = addFormats(new Ajv2020({ strict: false }));

  before(async () => {
    ground = await ConsoleGround.begin();
    digest = await ground.image("secure", "orders/api", "v1", { labels: { "a.label": "1" } });
    await ground.image("secure", "orders/api", "v2", { labels: { "a.label": "2" } });
    await ground.image("standard", "orders/web", "v1");
    await ground.sign("secure", "orders/api", digest);
    search = ground.search({ every: 3_600_000 });
    search.begin();
    await until("the index is whole", () => search.state(() => true).imagesWithPackages === 3);
    const routes = consoleApi({
      catalog: ground.catalog({ now: () => now }),
      search,
      settings: settingsDigest(ground.settings),
      version: "1.0.0",
      onFault: (error) => faults.push(error),
    });
    api = new Hono<ConsoleEnv>();
    api.use(async (context, next) => {
      context.set("visitor", { kind: "machine", name: "test", mayRead: (repository) => readable(repository) });
      await next();
    });
    api.route("/api/v1", routes);
    document = (await (await api.request("/api/v1/openapi.json")).json()) as Document;
    ajv.addSchema(document, "openapi");
  });
  beforeEach(() => {
    readable = () => true;
    now += 60_000;
    ground.fronts.secure.use();
  });
  after(async () => {
    await search.close();
    await ground.end();
  });

  /** Asks, and holds the answer against the document. */
  const ask = async (path: string, headers: Record<string, string> = {}) => {
    const answered = await api.request(`/api/v1${path}`, { headers });
    const text = await answered.text();
    const body = (text === "" ? undefined : JSON.parse(text)) as Record<string, unknown>;
    const [route = ""] = path.split("?");
    const described = document.paths[route]?.get.responses[String(answered.status)];
    const type = (answered.headers.get("content-type") ?? "").split(";")[0] ?? "";
    if (described === undefined) assert.equal(answered.status, 404, `${path}: ${answered.status} is not described`);
    else if (described.content !== undefined) {
      const at = ["paths", route, "get", "responses", String(answered.status), "content", type, "schema"];
      const pointer = at.map((step) => encodeURIComponent(step.replaceAll("~", "~0").replaceAll("/", "~1"))).join("/");
      const validate = ajv.getSchema(`openapi#/${pointer}`);
      assert.ok(validate, `${path}: ${type} is not described for ${answered.status}`);
      assert.ok(validate(body), `${path}: ${ajv.errorsText(validate.errors)}`);
    }
    return { status: answered.status, headers: answered.headers, body };
  };

  it("openApiDocument has every route of the API and no other", () => {
    const routes = api.routes.filter(({ method, path }) => method === "GET" && !path.endsWith("*"));
    assert.deepEqual(
      [...new Set(routes.map(({ path }) => path.replace("/api/v1", "")))].sort(),
      Object.keys(document.paths).sort(),
    );
  });

  it("S0-9 every operation answers as the document says", async () => {
    for (const path of [
      ...["/stage", "/repositories", "/health", "/tags?repository=orders/api&details=true"],
      ...["/image?repository=orders/api&reference=v1", `/trust?repository=orders/api&digest=${digest}`],
      ...["/compare?left=orders/api:v1&right=orders/api:v2", `/origin?digest=${digest}`],
      ...["/search?q=orders", `/search?q=${digest}`, "/search?in=label&q=a.label%3D1*&limit=1", "/search?q=nothing"],
      `/search?q=orders&after=orders/api@${digest}`,
    ]) {
      const { status, headers } = await ask(path);
      assert.equal(status, 200, path);
      assert.equal(headers.get("cache-control"), "private, no-cache", path);
    }
    const { body } = await ask("/image?repository=orders/api&reference=v1");
    assert.equal(body["digest"], digest);
    const compared = (await ask("/compare?left=orders/api:v1&right=orders/api:v2")).body as {
      differences: { topic: string; name: string }[];
    };
    assert.ok(compared.differences.some(({ topic, name }) => topic === "labels" && name === "a.label"));
    assert.deepEqual(faults, []);
  });

  it("the stage's answer names both registries and what was settled at the build", async () => {
    const { body } = await ask("/stage");
    const { registries, settings } = body as { registries: { class: string; host: string }[]; settings: string };
    assert.deepEqual(
      registries.map((one) => [one.class, one.host]),
      [
        ["secure", ground.fronts.secure.host],
        ["standard", ground.fronts.standard.host],
      ],
    );
    assert.equal(settings, settingsDigest(ground.settings));
  });

  it("an unchanged answer is a 304 for whoever has it", async () => {
    const first = await ask("/image?repository=orders/api&reference=v1");
    const tag = first.headers.get("etag") ?? "";
    assert.notEqual(tag, "");
    const again = await ask("/image?repository=orders/api&reference=v1", { "if-none-match": tag });
    assert.equal(again.status, 304);
  });

  it("S0-2 what a visitor may not read is answered as what is not there, whatever is asked", async () => {
    readable = (repository) => repository === "orders/web";
    const secret = (name: string, more = "") => [
      ...[`/tags?repository=${name}`, `/image?repository=${name}&reference=v1`],
      ...[`/trust?repository=${name}&digest=${digest}`, `/compare?left=${name}:v1&right=orders/web:v1${more}`],
      `/compare?left=orders/web:v1&right=${name}:v1${more}`,
    ];
    const requests = await ground.requestsOf("secure", async () => {
      for (const [at, path] of secret("orders/api").entries()) {
        const [hidden, missing] = [await ask(path), await ask(secret("orders/unmapped")[at] ?? "")];
        assert.deepEqual([hidden.status, hidden.body], [404, missing.body], path);
      }
      assert.deepEqual((await ask("/repositories")).body, {
        repositories: [{ repository: "orders/web", class: "standard", binding: "portable" }],
      });
      const { body } = await ask(`/origin?digest=${digest}`);
      assert.ok(!JSON.stringify(body).includes("orders/api"));
      assert.equal((body as { complete: boolean }).complete, false);
      for (const q of ["orders", digest]) {
        const found = (await ask(`/search?q=${q}`)).body as { total: number; index: { images: number } };
        assert.ok(!JSON.stringify(found).includes("orders/api"));
        assert.deepEqual([found.total, found.index.images], [q === "orders" ? 1 : 0, 1]);
      }
    });
    // Whether the visitor's own repository stands in the wrong registry is asked, and nothing of any other.
    assert.deepEqual(requests, [`HEAD /v2/orders/web/manifests/${digest}`]);
  });

  it("a wrong query is a 400 that says what is allowed", async () => {
    for (const [path, reason] of [
      ["/tags?repository=orders/api&limit=101", /limit: allowed: 1 to 100/],
      ["/tags?repository=orders/api&host=registry.example.com", /host/],
      ["/tags?repository=orders/api&repository=orders/web", /repository: given more than once/],
      ["/image?repository=orders/api&reference=../../v1", /reference: allowed: a tag or a digest/],
      ["/trust?repository=orders/api&digest=sha256:1", /digest: allowed: a digest/],
      ["/search", /q: /],
      ["/search?q=***", /q: .* no word in it; allowed: letters and digits/],
      ["/search?q=a&in=everywhere", /in: /],
      ["/search?q=a&after=orders/api:v1", /after: allowed: repository@digest/],
      ["/search?in=digest&q=sha256:1", /q: .* not a digest; allowed: sha256:/],
      ["/compare?left=orders/api&right=orders/api:v1", /left: allowed: repository:tag or repository@digest/],
    ] as const) {
      const { status, body } = await ask(path);
      assert.equal(status, 400, path);
      assert.match(String(body["detail"]), reason);
    }
  });

  it("S0-10 an answer with hostile labels holds no character that acts, and reads as what the label says", async () => {
    const hostile = "a\u202eb\u2066c\u001b[31md\u2028<script>alert(1)</script>";
    await ground.image("secure", "orders/api", "hostile", { labels: { hostile } });
    const answered = await api.request("/api/v1/image?repository=orders/api&reference=hostile");
    const text = await answered.text();
    assert.ok(!isUnsafe(text), text);
    const image = JSON.parse(text) as { platforms: { labels: { value: string }[] }[] };
    assert.equal(image.platforms[0]?.labels[0]?.value, hostile);
    assert.equal(answered.headers.get("content-type"), "application/json");
  });

  it("a registry that wants a pause is a 503 that passes the pause on", async () => {
    ground.fronts.secure.use(() => instead(429, { errors: [] }, { "retry-after": "30" }));
    const { status, headers, body } = await ask("/image?repository=orders/api&reference=v2");
    assert.deepEqual([status, headers.get("retry-after")], [503, "30"]);
    assert.equal(body["type"], "urn:dual-registry:problem:registry-unavailable");
    now += 31_000;
  });

  it("a fault is a 500 without its words, which go to the log", async () => {
    ground.fronts.secure.use(() => instead(200, "{}"));
    const broken = consoleApi({
      catalog: { ...ground.catalog(), health: () => Promise.reject(new Error("a secret of the stack")) },
      ...{ search, settings: "", version: "", onFault: (error: unknown) => faults.push(error) },
    });
    const answered = await broken.request("/health");
    assert.equal(answered.status, 500);
    assert.ok(!(await answered.text()).includes("secret"));
    assert.match(String(faults.pop()), /a secret of the stack/);
  });
});

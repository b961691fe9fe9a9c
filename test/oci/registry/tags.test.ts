import assert from "node:assert/strict";
import { collect, failsAs } from "./support/client";
import { against, type Handler, reply } from "./support/hostile";

const page = (tags: readonly string[]): string => JSON.stringify({ name: "a/b", tags });
const names = (from: number, count: number): string[] => [...Array(count).keys()].map((n) => `t${from + n}`);

const expectTags = async (handler: Handler, expected: readonly string[]): Promise<void> =>
  against(handler, async (session) => assert.deepEqual(await collect(session.repository("a/b").tags()), expected));

const expectFailure = async (handler: Handler, ...patterns: readonly RegExp[]): Promise<void> =>
  against(handler, async (session) => {
    await assert.rejects(collect(session.repository("a/b").tags()), failsAs("CONTENT_INVALID", ...patterns));
  });

describe("tags", () => {
  it("tags follows links, relative and whole, until there is none", async () => {
    await expectTags(
      (request, response, count) => {
        const whole = `http://${request.headers.host ?? ""}/v2/a/b/tags/list?last=t3`;
        const links = ['</v2/a/b/tags/list?n=2&last=t1>; rel="next"', `<${whole}>; rel=next`];
        const link = links[count - 1];
        reply(response, 200, link === undefined ? {} : { link }, page(names((count - 1) * 2, 2)));
      },
      names(0, 6),
    );
  });

  it("tags asks on by the last tag of a full page without a link", async () => {
    await expectTags(
      (request, response) => {
        const last = new URL(request.url ?? "", "http://x").searchParams.get("last");
        reply(response, 200, {}, page(last === "t999" ? names(1000, 3) : names(0, 1000)));
      },
      names(0, 1003),
    );
  });

  it("tags takes a registry that knows no pages at its word", async () => {
    await expectTags((_, response) => reply(response, 200, {}, page(names(0, 1000))), names(0, 1000));
  });

  it("tags takes null for none", async () => {
    await expectTags((_, response) => reply(response, 200, {}, '{"name":"a/b","tags":null}'), []);
  });

  it("tags refuses a list in a circle", async () => {
    const link = '</v2/a/b/tags/list?last=t1>; rel="next"';
    await expectFailure((_, response) => reply(response, 200, { link }, page(["t0", "t1"])), /page 2 .*circular/);
  });

  it("tags refuses an endless list by its tags and by its pages", async () => {
    const next = (count: number): Record<string, string> => ({ link: `</v2/a/b/tags/list?last=${count}>; rel="next"` });
    await expectFailure(
      (_, response, count) => reply(response, 200, next(count), page(names(count * 5000, 5000))),
      /more than 100000 tags/,
    );
    await expectFailure((_, response, count) => reply(response, 200, next(count), page([])), /more than 1000 pages/);
  });

  it("tags goes to no other host and no other path for the next page", async () => {
    for (const target of [
      "http://example.com/v2/a/b/tags/list",
      "//example.com/v2/a/b/tags/list",
      "/v2/c/tags/list",
      "/etc/passwd",
      "http://[",
    ]) {
      await expectFailure(
        (_, response) => reply(response, 200, { link: `<${target}>; rel="next"` }, page(["t"])),
        /the Link header points to/,
      );
    }
  });

  it("tags refuses what is no tag, no list, no JSON, and too large", async () => {
    await expectFailure((_, response) => reply(response, 200, {}, page(["../../x"])), /"\.\.\/\.\.\/x" is not a tag/);
    await expectFailure(
      (_, response) => reply(response, 200, {}, page(["a\u001b[31m".repeat(1000)])),
      /\\u001b/,
      /^.{0,600}$/,
    );
    await expectFailure((_, response) => reply(response, 200, {}, '{"tags":{}}'), /not a list of tags/);
    await expectFailure((_, response) => reply(response, 200, {}, "<html>"), /not JSON/);
    await expectFailure((_, response) => reply(response, 200, {}, Buffer.alloc(5_000_000, "[")), /4194304 bytes/);
  });
});

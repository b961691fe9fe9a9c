// A page that returns the same bytes each time, by the console's server library: what nothing can be faster than.
const { readFileSync } = require("node:fs");
const { serve } = require("@hono/node-server");
const { Hono } = require("hono");

const body = readFileSync(process.argv[2], "utf8");
const app = new Hono();
app.get("/", (context) => context.body(body, 200, { "content-type": "application/json" }));
serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) => process.stdout.write(`${port}\n`));

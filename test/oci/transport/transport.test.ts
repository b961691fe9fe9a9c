import assert from "node:assert/strict";
import { refusePlainText } from "../../../src/oci/transport/transport";
import { failsAs } from "../registry/support/client";

describe("refusePlainText", () => {
  it("refusePlainText lets pass https, and http to loopback", () => {
    for (const url of ["https://x.example.com", "http://localhost:5000", "http://127.0.0.9", "http://[::1]:5000"]) {
      refusePlainText(new URL(url));
    }
    for (const url of ["http://x.example.com", "http://localhost.example.com", "http://10.0.0.1", "ftp://localhost"]) {
      assert.throws(() => refusePlainText(new URL(url)), failsAs("CONTENT_INVALID", /https/));
    }
  });
});

import { makeVerifier } from "../../../src/signing/verifier";
import { ISSUER, signAs, SUBJECT } from "../../support/signing/identities";
import { refuses } from "../../support/signing/samples";
import { type SigstoreServices, startSigstore } from "../../support/signing/sigstoreServices";

describe("a fork that signs", function () {
  this.timeout(30_000);
  let services: SigstoreServices;
  before(async () => {
    services = await startSigstore();
  });
  after(() => services.stop());

  const trusted = { issuer: ISSUER, subject: SUBJECT };
  const verify = (bundle: Buffer) =>
    makeVerifier({ trustedRoot: services.trustedRoot }).verifyBundle(bundle, [trusted]);

  it("counts for nothing with the upstream's workflow, called from its own main", async () => {
    const bundle = await signAs(services, SUBJECT, { claims: { repository: "stranger/repo" } });
    await refuses(
      () => verify(bundle),
      "SIGNATURE_INVALID",
      /stranger\/repo", not "https:\/\/github\.com\/company\/repo"/,
    );
  });

  it("counts for nothing with its own copy of the workflow (S2-12)", async () => {
    const bundle = await signAs(services, SUBJECT.replace("company", "stranger"));
    await refuses(() => verify(bundle), "SIGNATURE_INVALID", /names identity "https:\/\/github\.com\/stranger/);
  });

  it("counts for nothing in a pull request's merge commit, upstream's workflow or not", async () => {
    const claims = { event_name: "pull_request", ref: "refs/pull/1/merge" };
    const bundle = await signAs(services, SUBJECT, { claims });
    await refuses(() => verify(bundle), "SIGNATURE_INVALID", /refs\/pull\/1\/merge", not "refs\/heads\/main"/);
  });
});

import { makeVerifier } from "../../../src/signing/verifier";
import { ISSUER, signAs, SUBJECT } from "../../support/signing/identities";
import { DIGEST, refuses } from "../../support/signing/samples";
import { simpleKeyless, simplePayload } from "../../support/signing/simpleSamples";
import { type Claims, type SigstoreServices, startSigstore } from "../../support/signing/sigstoreServices";

/** Who signs where nobody is named, as outputs have it. */
const TRUSTED = {
  issuer: ISSUER,
  subject: SUBJECT,
  sourceRepository: "https://github.com/company/repo",
  sourceRef: "refs/heads/main",
  events: ["push", "schedule", "workflow_dispatch"],
};

describe("a writer who calls the workflow that may sign", function () {
  this.timeout(30_000);
  let services: SigstoreServices;
  before(async () => {
    services = await startSigstore();
  });
  after(() => services.stop());

  const signed = async (claims: Claims, trusted: object = TRUSTED): Promise<unknown> => {
    const verifier = makeVerifier({ trustedRoot: services.trustedRoot });
    const bundle = await signAs(services, SUBJECT, { claims });
    return verifier.verifyBundle(bundle, [{ ...TRUSTED, ...trusted }]);
  };

  for (const [what, claims, why] of [
    [
      "from a feature branch",
      { ref: "refs/heads/feature/evil" },
      /its source repository ref is "refs\/heads\/feature\/evil", not "refs\/heads\/main"; expected: /,
    ],
    ["from a tag", { ref: "refs/tags/v1.0.0" }, /ref is "refs\/tags\/v1\.0\.0", not "refs\/heads\/main"/],
    ["from a tag that is called main", { ref: "refs/tags/main" }, /ref is "refs\/tags\/main"/],
    ["from a branch whose name begins like main", { ref: "refs/heads/main-2" }, /ref is "refs\/heads\/main-2"/],
    ["from a branch of the release", { ref: "refs/heads/release/1" }, /ref is "refs\/heads\/release\/1"/],
    [
      "from another repository of the organisation",
      { repository: "company/other" },
      /its source repository is "https:\/\/github\.com\/company\/other", not "https:\/\/github\.com\/company\/repo"/,
    ],
    ["from a repository whose name goes on", { repository: "company/repo2" }, /company\/repo2", not/],
    ["from a repository in other letters", { repository: "Company/Repo" }, /Company\/Repo", not/],
    ["by a pull request", { event_name: "pull_request" }, /its run was started by "pull_request", not push, schedule/],
    ["by pull_request_target on main", { event_name: "pull_request_target" }, /started by "pull_request_target"/],
    ["by a comment on main", { event_name: "issue_comment" }, /started by "issue_comment"/],
    ["by another workflow's end", { event_name: "workflow_run" }, /started by "workflow_run"/],
    ["by repository_dispatch", { event_name: "repository_dispatch" }, /started by "repository_dispatch"/],
  ] as const) {
    it(`counts for nothing ${what}`, () => refuses(() => signed(claims), "SIGNATURE_INVALID", why));
  }

  for (const event of TRUSTED.events) {
    it(`is let in by ${event} on main`, () => signed({ event_name: event }));
  }

  it("is told what was expected and what the certificate has", () =>
    refuses(
      () => signed({ ref: "refs/heads/evil" }),
      "SIGNATURE_INVALID",
      /certificate names identity ".*", repository "https:\/\/github\.com\/company\/repo", .*ref "refs\/heads\/evil"/,
      /expected: identity ".*", repository ".*", ref "refs\/heads\/main", event "push" or "schedule" or "workflow_dispatch"/,
    ));

  it("counts for nothing with a signature of Cosign's older form either", async () => {
    const verifier = makeVerifier({ trustedRoot: services.trustedRoot });
    const sign = (claims: Claims) => simpleKeyless(services, [ISSUER, SUBJECT], simplePayload(DIGEST), { claims });
    await verifier.verifySimpleSigning(await sign({}), [TRUSTED]);
    for (const claims of [
      { ref: "refs/heads/evil" },
      { repository: "company/other" },
      { event_name: "pull_request" },
    ]) {
      const layer = await sign(claims);
      await refuses(() => verifier.verifySimpleSigning(layer, [TRUSTED]), "SIGNATURE_INVALID", /, not .*; expected: /);
    }
  });

  it("does not get in where an older file names issuer and subject alone", async () => {
    const older = { sourceRepository: undefined, sourceRef: undefined, events: undefined };
    await signed({}, older);
    await refuses(() => signed({ ref: "refs/heads/evil" }, older), "SIGNATURE_INVALID", /refs\/heads\/evil", not/);
    await refuses(() => signed({ repository: "company/x" }, older), "SIGNATURE_INVALID", /company\/x", not/);
  });

  it("does not get in by a repository that was deleted and made again, where its number is named", async () => {
    const numbered = { sourceRepositoryId: "4711" };
    await signed({}, numbered);
    await refuses(
      () => signed({ repository_id: "4712" }, numbered),
      "SIGNATURE_INVALID",
      /its source repository identifier is "4712", not "4711"/,
    );
  });

  it("does not get in by a workflow of another repository that the own one calls, unless both are named (S2-12)", async () => {
    const subject = "https://github.com/contoso/builds/.github/workflows/sign.yml@refs/heads/main";
    const verifier = makeVerifier({ trustedRoot: services.trustedRoot });
    const bundle = await signAs(services, subject, { claims: { repository: "company/repo" } });
    const foreign = { issuer: ISSUER, subject };
    await refuses(() => verifier.verifyBundle(bundle, [foreign]), "SIGNATURE_INVALID", /company\/repo", not/);
    await verifier.verifyBundle(bundle, [{ ...foreign, sourceRepository: "https://github.com/company/repo" }]);
  });
});

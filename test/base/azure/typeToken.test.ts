import assert from "node:assert/strict";
import { azureTypeOf, isAzureType, plainToken } from "../../../src/base/azure/typeToken";

const PLAIN = "azure-native:containerregistry:Registry";

/** One type in the spellings in which Pulumi's packages name it. */
const SPELLINGS = [
  PLAIN,
  "azure-native:containerregistry/v20230701:Registry",
  "azure-native:containerregistry/v20230101preview:Registry",
  "azure-native_containerregistry_v20230701:containerregistry:Registry",
  "azure-native_containerregistry_v20251101:containerregistry/v20251101:Registry",
  "azure-native_containerregistry_v20230101preview:index:Registry",
];

describe("azureTypeOf", () => {
  for (const token of SPELLINGS) {
    it(`azureTypeOf reads ${token} as the registry that it is`, () => {
      assert.equal(azureTypeOf(token)?.name, "containerregistry:Registry");
      assert.equal(plainToken(token), PLAIN);
      assert.ok(isAzureType(token, "containerregistry:Token", "containerregistry:Registry"));
      assert.ok(!isAzureType(token, "containerregistry:Token"));
    });
  }

  for (const token of [
    "azure:containerservice/registry:Registry",
    "azure-nativex:containerregistry:Registry",
    "azure-native_containerregistry:Registry",
    "my-azure-native:containerregistry:Registry",
    "azure-native::Registry",
    "azure-native:containerregistry:",
    "aws:ecr/repository:Repository",
    "",
  ]) {
    it(`azureTypeOf leaves ${JSON.stringify(token)} to whose it is`, () => {
      assert.equal(azureTypeOf(token), undefined);
      assert.equal(plainToken(token), token);
    });
  }
});

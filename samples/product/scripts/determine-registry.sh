#!/bin/sh
# Prints the kind of registry that the images of a branch go to: the table registryTypes in Pulumi.yaml decides, or
# REGISTRY_TYPE where it is set.
#   GITHUB_REF  the branch, such as refs/heads/main
#   DUALREG     the command line; default: that of the folder above the samples
#   PROJECT     the folder of Pulumi.yaml; default: the sample product
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
exec node "${DUALREG:-$here/../../bin/dualreg.js}" registry select --ref "${GITHUB_REF:?the branch, such as refs/heads/main}" \
  --project "${PROJECT:-$here}" --field kind

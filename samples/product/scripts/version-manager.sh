#!/bin/sh
# Versions of the product, as Pulumi.yaml has them written and its table of branches decides.
#   version-manager.sh generate-tag     prints what an image of the branch is called
#   version-manager.sh bump <version>   brings the chart to a version, on a branch of its own that is to be merged
#   version-manager.sh tag              tags the chart's version in git, once it is merged
# For generate-tag:
#   VERSION     the version that is worked on; default: the chart's
#   GIT_BRANCH  the branch, such as main; default: the one that is checked out
#   SHA_SHORT   the commit that is built, six digits at least; default: the newest
# DUALREG and PROJECT name another command line and another folder of Pulumi.yaml.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
PROJECT=${PROJECT:-$here}
dualreg() { exec node "${DUALREG:-$here/../../bin/dualreg.js}" version "$@" --project "$PROJECT"; }
chart_version() { sed -n 's/^version: *\([0-9][0-9.]*\).*/\1/p' "$PROJECT/deploy/Chart.yaml"; }

case "${1:-}" in
generate-tag)
  [ $# -eq 1 ] || { echo "generate-tag takes no argument: set VERSION, GIT_BRANCH and SHA_SHORT" >&2; exit 2; }
  dualreg tag "${VERSION:-$(chart_version)}" --branch "${GIT_BRANCH:-$(git -C "$PROJECT" rev-parse --abbrev-ref HEAD)}" \
    --commit "${SHA_SHORT:-$(git -C "$PROJECT" rev-parse --short HEAD)}"
  ;;
bump)
  [ $# -eq 2 ] || { echo "bump takes the new version, such as 1.1.0" >&2; exit 2; }
  dualreg bump "$2"
  ;;
tag)
  [ $# -eq 1 ] || { echo "tag takes no argument: it tags what main has" >&2; exit 2; }
  dualreg bump --tag
  ;;
*)
  echo "usage: version-manager.sh generate-tag | bump <version> | tag" >&2
  exit 2
  ;;
esac

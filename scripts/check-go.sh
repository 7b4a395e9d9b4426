#!/usr/bin/env bash
# check-go.sh STEP: one check of the Go module; scripts/check.sh runs them all.
set -uo pipefail
tools=$PWD/.cache/bin
cd "$(dirname "$0")/../loadtests/xk6-smtp" || exit 1
# A newer one does not build: decision 7.
K6_VERSION=v2.2.0
# Of xk6's community preset, and the checks of the strict one that can run here. Not: `git` and `versions`, which look
# for a repository and its tags in this folder, so that they belong to the mirror; `security` and `vulnerability`, which
# want gosec (golangci-lint has its rules) and govulncheck (which fetches its data base from the network); `smoke`, which
# calls k6 with --no-summary, a flag that k6 2 no longer has (examples_test.go runs smoke.ts, and all other examples).
XK6_CHECKS=module,replace,readme,license,build,examples,types

dependencies() {
  local version
  version=$(go list -m -f '{{.Version}}' go.k6.io/k6/v2) || return 1
  if [ "$version" != "$K6_VERSION" ]; then
    echo "go.mod asks for k6 $version, not $K6_VERSION; back to it: go get go.k6.io/k6/v2@$K6_VERSION" >&2
    return 1
  fi
  go mod verify && go mod tidy -diff
}

formatting() {
  local difference
  difference=$("$tools/golangci-lint" fmt --diff) || true
  [ -z "$difference" ] && return 0
  echo "$difference"
  echo "mend it: cd loadtests/xk6-smtp && ../../.cache/bin/golangci-lint fmt" >&2
  return 1
}

# A check that does not apply passes, too; all of ours do.
extension() {
  local report status
  report=$("$tools/xk6" lint --k6-version "$K6_VERSION" --enable-only "$XK6_CHECKS" 2>&1)
  status=$?
  echo "$report"
  if grep -q skipped <<<"$report"; then
    echo "xk6 judges by the first extension that k6 names; it must be k6/x/smtp, registered by a pointer" >&2
    return 1
  fi
  return $status
}

case $1 in
  dependencies) dependencies ;;
  formatting) formatting ;;
  vet) go vet ./... ;;
  lint) "$tools/golangci-lint" run ./... ;;
  xk6) extension ;;
  *)
    echo "unknown step: $1" >&2
    exit 1
    ;;
esac

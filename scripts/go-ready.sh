#!/usr/bin/env bash
# Succeeds when there is a Go that can build the load-test module; else says where to get one.
set -uo pipefail
cd "$(dirname "$0")/../loadtests/xk6-smtp" || exit 1
needed=1.25

fail() {
  printf 'Go %s or later is needed, to build k6 with the SMTP module and its sink; %s.\n' "$needed" "$1" >&2
  printf '  get it: https://go.dev/dl/ (unpacked into /usr/local, it is found without a PATH)\n' >&2
  exit 1
}

command -v go >/dev/null || fail "this machine has none"
# Asked inside the module: a Go since 1.21 fetches the version that go.mod names, and then is one.
version=$(go env GOVERSION 2>/dev/null) || version=$(cd / && go env GOVERSION 2>/dev/null)
[[ $version =~ ^go([0-9]+)\.([0-9]+) ]] || fail "'go env GOVERSION' does not tell a version"
if [ "${BASH_REMATCH[1]}" -lt 2 ] && [ "${BASH_REMATCH[2]}" -lt "${needed#1.}" ]; then fail "this one is $version"; fi

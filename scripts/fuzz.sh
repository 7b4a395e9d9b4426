#!/usr/bin/env bash
# fuzz.sh [TIME]: runs every fuzz target of the Go module for that long (default 10s each). What one finds is kept as a
# file below testdata/fuzz, which belongs into the commit that mends it: `go test` runs it from then on.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
scripts/go-ready.sh || exit 1
cd loadtests/xk6-smtp || exit 1
targets=0
failed=()
while read -r package name; do
  targets=$((targets + 1))
  echo "==> $name ($package)"
  # Two at a time at most: each worker of a fuzzer takes a core and some hundred megabytes.
  go test -run '^$' -fuzz "^${name}\$" -fuzztime "${1:-10s}" -parallel 2 "$package" || failed+=("$name")
done < <(grep -rEo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' . |
  sed -E 's#^(.*)/[^/]+:func (.*)$#\1 \2#' | sort)
if [ "$targets" -eq 0 ]; then
  echo "no fuzz target found" >&2
  exit 1
fi
if [ ${#failed[@]} -gt 0 ]; then
  echo "failed: ${failed[*]}" >&2
  exit 1
fi
echo "${targets} fuzz targets, nothing found"

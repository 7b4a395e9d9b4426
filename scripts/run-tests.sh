#!/usr/bin/env bash
# Runs the named suites one after the other and closes with a count per suite. A suite without a test is a failure, and
# so is one that skips. `go` is the load-test module under the race detector; all others are projects of vitest.
set -uo pipefail
mkdir -p test-output

vitest_suite() {
  local report="test-output/$1.json"
  rm -f "$report"
  vitest run --project "$1" --reporter=default --reporter=json --outputFile.json="$report" || failed=1
  counts=$(node scripts/count-tests.ts "$report") || failed=1
}

go_suite() {
  local report="$PWD/test-output/go.json"
  rm -f "$report"
  scripts/go-ready.sh || failed=1
  echo "    (the first build with the race detector takes a minute or two)"
  (cd loadtests/xk6-smtp && go test -race -json ./... >"$report") || failed=1
  counts=$(node scripts/count-go-tests.ts <"$report") || failed=1
}

failed=0
total_passed=0
total_failed=0
summary=""
for suite in "$@"; do
  echo "==> ${suite} tests"
  counts=""
  if [ "$suite" = go ]; then go_suite; else vitest_suite "$suite"; fi
  read -r passed broken skipped <<<"${counts:-0 1 0}"
  total_passed=$((total_passed + passed))
  total_failed=$((total_failed + broken))
  summary+=$(printf '  %-12s %5d passed, %d failed, %d skipped' "$suite" "$passed" "$broken" "$skipped")$'\n'
  if [ "$passed" -eq 0 ] || [ "$broken" -ne 0 ] || [ "$skipped" -ne 0 ]; then failed=1; fi
done
echo
echo "Tests by suite:"
printf '%s' "$summary"
echo "${total_passed} passed, ${total_failed} failed"
exit "$failed"

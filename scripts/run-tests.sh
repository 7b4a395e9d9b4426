#!/usr/bin/env bash
# Runs the named suites one after the other and closes with a count per suite. A suite without a test is a failure.
set -uo pipefail
mkdir -p test-output
failed=0
total_passed=0
total_failed=0
summary=""
for suite in "$@"; do
  report="test-output/${suite}.json"
  rm -f "$report"
  echo "==> ${suite} tests"
  vitest run --project "$suite" --reporter=default --reporter=json --outputFile.json="$report" || failed=1
  counts=$(node scripts/count-tests.ts "$report") || failed=1
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

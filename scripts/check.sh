#!/usr/bin/env bash
# Everything that can be checked without running the product. Runs all steps, then says which failed.
set -uo pipefail
failed=()
step() {
  local name=$1
  shift
  echo "==> ${name}"
  "$@" || failed+=("$name")
}
step "formatting (biome)" biome format .
step "lint (oxlint, type-aware)" oxlint --type-aware --deny-warnings
step "types (tsc)" tsc --noEmit
step "types of the load test scenarios (tsc)" tsc -p loadtests/tsconfig.json --noEmit
step "dead code (knip)" knip
step "import table and rules" vitest run --project unit test/architecture.test.ts
step "generated docs" node scripts/generate-docs.ts --check
step "package (publint)" bash -c 'rm -rf dist && tsc -p tsconfig.build.json && publint --strict'
step "Go: dependencies, k6 pinned" scripts/check-go.sh dependencies
step "Go: formatting (gofumpt)" scripts/check-go.sh formatting
step "Go: vet" scripts/check-go.sh vet
step "Go: lint (golangci-lint)" scripts/check-go.sh lint
step "Go: k6 extension (xk6 lint)" scripts/check-go.sh xk6
step "shell scripts" bash -n scripts/*.sh .ci/run
if [ ${#failed[@]} -gt 0 ]; then
  printf '\ncheck failed: %s\n' "$(IFS=';'; echo "${failed[*]}")"
  exit 1
fi
echo "check passed"

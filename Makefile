# The one list of what a developer runs. Each target installs what it needs, says what it does, and is quick the
# second time. Node comes from npm into .cache/node, so that the machine's own Node may be older.
SHELL := /bin/bash
NODE_VERSION := 24.21.0
# Go where its own archive puts it, for a machine whose PATH does not say.
export PATH := $(CURDIR)/.cache/node/node_modules/.bin:$(CURDIR)/node_modules/.bin:$(PATH):/usr/local/go/bin
# k6 has all that our scripts import: it need not ask Grafana for a build, nor tell of its use.
export K6_AUTO_EXTENSION_RESOLUTION := false
export K6_NO_USAGE_REPORT := true
NODE_READY := .cache/node/.ready-$(NODE_VERSION)
DEPS_READY := node_modules/.ready
GO_MODULE := loadtests/xk6-smtp
K6 := .cache/bin/k6
SINK := .cache/bin/mailgauge-sink
# Whatever may end up in a Go program: code, go.mod, go.sum, embedded files.
GO_FILES := $(shell find $(GO_MODULE) -type f ! -name '*_test.go' ! -name '*.md' ! -path '*/testdata/*')

.PHONY: help demo test unit check check-full bench k6 sink fuzz docs build clean
.DEFAULT_GOAL := help

help: ## Show this list
	@grep -E '^[a-z0-9-]+:.*## ' Makefile | sed -E 's/^([a-z0-9-]+):.*## /  make \1\t/' | expand -t 16

demo: $(DEPS_READY) ## Watch real probes on the embedded lab: page, metrics, terminal
	@node src/main.ts demo $(DEMO_ARGS)

test: $(DEPS_READY) k6 sink ## Run all tests; installs the servers they run against (Debian packages)
	@scripts/install-test-packages.sh
	@scripts/run-tests.sh unit contract conformance go integration browser

unit: $(DEPS_READY) ## Run the unit tests: needs npm only
	@scripts/run-tests.sh unit

check: $(DEPS_READY) .cache/bin/golangci-lint .cache/bin/xk6 ## Formatting, lint, types, dead code, import table, generated docs, package; Go too
	@scripts/check.sh

check-full: check .cache/bin/kubectl-validate ## The same, and Dockerfiles, compose file and Kubernetes manifests (needs python3 with pip)
	@scripts/check-deploy.sh

bench: $(DEPS_READY) k6 sink ## Benchmarks: each prints a ratio against a peer in the same run
	@scripts/install-test-packages.sh
	@node test/bench/main.ts $(BENCH)

k6: $(K6) ## Build k6 with the module k6/x/smtp into .cache/bin (the first time takes about two minutes)

sink: $(SINK) ## Build the sink, the far end of a load test, into .cache/bin

fuzz: ## Fuzz the Go parsers, each for FUZZTIME (10s)
	@scripts/fuzz.sh $(FUZZTIME)

docs: $(DEPS_READY) ## Write the generated pages again
	@node scripts/generate-docs.ts

build: $(DEPS_READY) ## Compile the package into dist/
	@rm -rf dist && tsc -p tsconfig.build.json && echo "built dist/"

clean: ## Remove what was built, fetched and installed below this folder
	rm -rf dist node_modules .cache coverage test-output

$(K6): $(GO_FILES)
	@echo "==> k6 with the module k6/x/smtp (the first build compiles all of k6: about two minutes; later ones: seconds)"
	@scripts/go-build.sh $(GO_MODULE) ./cmd/k6 $@

$(SINK): $(GO_FILES)
	@echo "==> mailgauge-sink"
	@scripts/go-build.sh $(GO_MODULE) ./cmd/mailgauge-sink $@

# Tools that check, each pinned in a module of its own.
.cache/bin/%: tools/%/go.mod tools/%/go.sum
	@echo "==> $*"
	@scripts/go-build.sh tools/$* tool $@

$(NODE_READY):
	@echo "==> Node $(NODE_VERSION) from npm into .cache/node"
	@mkdir -p .cache/node && npm install --silent --no-fund --no-audit --prefix .cache/node node@$(NODE_VERSION)
	@rm -f .cache/node/.ready-* && touch $@

$(DEPS_READY): package-lock.json $(NODE_READY)
	@echo "==> npm packages"
	@npm ci --silent --no-fund --no-audit
	@touch $@

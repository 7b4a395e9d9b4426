# The one list of what a developer runs. Each target installs what it needs, says what it does, and is quick the
# second time. Node comes from npm into .cache/node, so that the machine's own Node may be older.
SHELL := /bin/bash
NODE_VERSION := 24.21.0
export PATH := $(CURDIR)/.cache/node/node_modules/.bin:$(CURDIR)/node_modules/.bin:$(PATH)
NODE_READY := .cache/node/.ready-$(NODE_VERSION)
DEPS_READY := node_modules/.ready
VITEST := vitest run

.PHONY: help demo test unit check bench docs build clean
.DEFAULT_GOAL := help

help: ## Show this list
	@grep -E '^[a-z0-9-]+:.*## ' Makefile | sed -E 's/^([a-z0-9-]+):.*## /  make \1\t/' | expand -t 16

demo: $(DEPS_READY) ## Watch real probes on the embedded lab: page, metrics, terminal
	@node src/main.ts demo $(DEMO_ARGS)

test: $(DEPS_READY) ## Run all tests; installs the servers they run against (Debian packages)
	@scripts/install-test-packages.sh
	@scripts/run-tests.sh unit contract conformance integration browser

unit: $(DEPS_READY) ## Run the unit tests: needs npm only
	@scripts/run-tests.sh unit

check: $(DEPS_READY) ## Formatting, lint, types, dead code, import table, generated docs, package
	@scripts/check.sh

bench: $(DEPS_READY) ## Benchmarks: each prints a ratio against a peer in the same run
	@scripts/install-test-packages.sh
	@node test/bench/main.ts $(BENCH)

docs: $(DEPS_READY) ## Write the generated pages again
	@node scripts/generate-docs.ts

build: $(DEPS_READY) ## Compile the package into dist/
	@rm -rf dist && tsc -p tsconfig.build.json && echo "built dist/"

clean: ## Remove what was built, fetched and installed below this folder
	rm -rf dist node_modules .cache coverage test-output

$(NODE_READY):
	@echo "==> Node $(NODE_VERSION) from npm into .cache/node"
	@mkdir -p .cache/node && npm install --silent --no-fund --no-audit --prefix .cache/node node@$(NODE_VERSION)
	@rm -f .cache/node/.ready-* && touch $@

$(DEPS_READY): package-lock.json $(NODE_READY)
	@echo "==> npm packages"
	@npm ci --silent --no-fund --no-audit
	@touch $@

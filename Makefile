# Limen.  `make help` lists what there is; each target installs what it needs first.

PYTHON ?= $(shell sh scripts/python.sh)
BIN := .venv/bin
JOBS ?= 3

.DEFAULT_GOAL := help
.PHONY: help install run test test-fast check proof bench fmt lock audit reference clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# Stamps: a second run finds everything in place and installs nothing.
.venv/.base: requirements.lock requirements-build.lock pyproject.toml scripts/install.sh
	@sh scripts/install.sh "$(PYTHON)" requirements.lock
	@touch $@

.venv/.dev: .venv/.base requirements-dev.lock
	@sh scripts/install.sh "$(PYTHON)" requirements-dev.lock
	@touch $@

install: .venv/.base ## Put Limen and what it needs into .venv, from the lock files

run: .venv/.base ## Start on http://localhost:8400 with a demo, a mail inbox and a set-up link
	@exec $(BIN)/limen dev

test: .venv/.dev ## Run every test; installs the services that tests need where it may
	@sh scripts/services.sh
	@$(BIN)/pytest -n $(JOBS) --dist worksteal

test-fast: .venv/.dev ## Run the tests that need no service, in under a minute
	@$(BIN)/pytest -n $(JOBS) --dist worksteal -m "not postgres and not service and not browser"

check: .venv/.dev ## Lint, format, types, import rules, sizes, reference, requirement numbers
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/basedpyright
	@$(BIN)/lint-imports
	@$(BIN)/python scripts/sizes.py
	@$(BIN)/python scripts/reference.py --check
	@$(BIN)/python scripts/requirements.py
	@$(BIN)/pytest tests/architecture

proof: .venv/.dev ## The long experiments: races x 200, kills x 100
	@sh scripts/services.sh
	@LIMEN_PROOF=1 $(BIN)/pytest -n $(JOBS) --dist worksteal -m proof

bench: .venv/.dev ## Measure beside a bare application (ARGS=--postgresql for that store)
	@$(BIN)/python -m bench $(ARGS)

fmt: .venv/.dev ## Format the code and mend what can be mended
	@$(BIN)/ruff check --fix --exit-zero .
	@$(BIN)/ruff format .

reference: .venv/.dev ## Write docs/reference anew from the code
	@$(BIN)/python scripts/reference.py

audit: .venv/.dev ## Ask for known vulnerabilities of the locked packages (needs the network)
	@$(BIN)/pip-audit --require-hashes --disable-pip -r requirements.lock

lock: .venv/.dev ## Resolve the lock files anew (needs the network)
	@sh scripts/lock.sh

clean: ## Remove what was installed and made, but no data
	rm -rf .venv .pytest_cache .ruff_cache .import_linter_cache .hypothesis

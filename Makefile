# Each target installs what it needs into .venv first. On Debian 12: apt-get install python3-venv make git
# (and maven for the tests on a real Kafka and Elasticsearch).

PYTHON ?= python3
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# A stamp carries a checksum of what was installed: a changed lock is installed again, a touched one is not.
checksum = $(shell cat $(1) | cksum | cut -d' ' -f1)
RUNTIME := .venv/.runtime-$(call checksum,pyproject.toml requirements.lock)
DEV := .venv/.dev-$(call checksum,pyproject.toml requirements-dev.lock)

.DEFAULT_GOAL := help
.PHONY: help demo run install test test-servers lint type eval bench docs lock

help:  ## Show this list
	@sed -n 's/^\([a-z-]*\):.*  ## /\1|/p' $(MAKEFILE_LIST) | while IFS='|' read -r name text; do \
		printf '  make %-14s %s\n' "$$name" "$$text"; done

demo: $(RUNTIME)  ## Search bundled sources in four languages, and be told of something new
	$(BIN)/exportwatch demo

run: $(RUNTIME)  ## Watch the real sources: everything, with the pages at http://127.0.0.1:8480/
	$(BIN)/exportwatch run

install: $(DEV)  ## Install exportwatch and the tools of its developers into .venv

test: $(DEV)  ## Run every test; those on real servers where Maven is installed
	$(BIN)/python -m pytest

test-servers: $(DEV)  ## Run the tests on a real Kafka and Elasticsearch only
	SERVERS=required $(BIN)/python -m pytest -m servers

lint: $(DEV)  ## Check style and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

type: $(DEV)  ## Check types, strictly, tests and benchmarks included
	$(BIN)/mypy

eval: $(DEV)  ## Score the claims against gold labels: our own, and the real documents in ../shared where they are
	$(BIN)/python -m tests.processors.quality $(if $(wildcard ../shared/data/dev),--shared ../shared)

bench: $(DEV)  ## Measure the hot paths, each as a ratio to a named peer
	@set -e; for script in benchmarks/[a-z]*.py; do \
		echo "== $$script"; $(BIN)/python -m "benchmarks.$$(basename "$$script" .py)"; done

docs: $(DEV)  ## Write docs/reference, and the files in docs/architecture.md, from the code
	$(BIN)/python -m exportwatch.cli.reference docs/reference

COMPILE := .cache/lock/bin/pip-compile --quiet --generate-hashes --no-emit-index-url --no-emit-trusted-host \
	--no-emit-find-links --no-annotate --no-header --strip-extras --allow-unsafe $(UPGRADE)

# The newest versions that run on Debian 12's Python 3.11.2 are those its resolver finds: make lock PYTHON=/usr/bin/python3
lock:  ## Write the locks from pyproject.toml (UPGRADE=--upgrade takes newer versions)
	$(PYTHON) -m venv .cache/lock
	.cache/lock/bin/pip install --quiet pip==26.3 pip-tools==7.6.2
	$(COMPILE) --output-file requirements.lock pyproject.toml
	$(COMPILE) --extra dev --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml

# pip refuses hashes and an editable project in one step.
$(RUNTIME): | venv
	@echo 'Installing requirements.lock into .venv'
	@$(BIN)/pip install -qq --require-hashes -r requirements.lock
	@$(BIN)/pip install -qq --no-deps -e .
	@rm -f .venv/.runtime-* && touch $@

$(DEV): | venv
	@echo 'Installing requirements-dev.lock into .venv'
	@$(BIN)/pip install -qq --require-hashes -r requirements-dev.lock
	@$(BIN)/pip install -qq --no-deps -e .
	@rm -f .venv/.dev-* .venv/.runtime-* && touch $@ $(RUNTIME)

.PHONY: venv
venv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo 'exportwatch needs Python 3.11 or later: make PYTHON=/path/to/python3.11 …' >&2; exit 1; }
	@$(BIN)/python -c '' 2>/dev/null || $(PYTHON) -m venv --clear .venv

# Every target does its own set-up; `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
PROTO := $(wildcard proto/sickbay/v1/*.proto proto/sickbay/store/v1/*.proto)
ARGS ?=
KILLS ?= 150
WORKERS ?= 2

.PHONY: help setup setup-dev debian run demo test check format bench e2e browser faults history lock proto picture texts clean

help: ## List the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("Sickbay needs Python 3.11 or newer, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	@echo "setup: virtual environment in $(VENV)" >&2
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) install --upgrade pip 2>&1 | { grep -v 'is ignored: it is neither' >&2 || true; }

$(VENV)/.collector: requirements/collector.txt pyproject.toml | $(BIN)/python
	@echo "setup: Python packages, by hash" >&2
	@$(PIP) install --require-hashes -r requirements/collector.txt 2>&1 | { grep -v 'is ignored: it is neither' >&2 || true; }
	@$(PIP) install --no-deps --no-build-isolation -e . 2>&1 | { grep -v 'is ignored: it is neither' >&2 || true; }
	@# Compiling at every start costs the agent a megabyte and the commands half a second.
	@$(BIN)/python -m compileall -q agent collector proto
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.collector
	@echo "setup: development packages, by hash" >&2
	@$(PIP) install --require-hashes -r requirements/dev.txt 2>&1 | { grep -v 'is ignored: it is neither' >&2 || true; }
	@touch $@

$(VENV)/.assets: collector/assets/package-lock.json deploy/console-assets | $(BIN)/python
	@echo "setup: the console's scripts, by hash" >&2
	@deploy/console-assets $(abspath $(BIN)/python) || echo "setup: not fetched; the console works without charts" >&2
	@touch $@

$(VENV)/.assets-tests: $(VENV)/.assets
	@deploy/console-assets $(abspath $(BIN)/python) --tests || echo "setup: not fetched; pages are not judged by axe-core" >&2
	@touch $@

setup: $(VENV)/.collector $(VENV)/.assets ## Make .venv with sickbay and sickbay-agent

debian: ## Install the Debian packages that the tests need (where root and missing)
	@deploy/debian-packages dbus-daemon prometheus prometheus-alertmanager postgresql smartmontools chromium

setup-dev: $(VENV)/.dev $(VENV)/.assets-tests debian

run: setup ## Start a collector and an agent on this machine (ARGS="--once --json")
	@$(BIN)/sickbay quickstart $(ARGS)

DEMO := build/demo
demo: setup ## Make eight weeks of an invented company (ARGS="--devices 30 --weeks 2") and start it
	@$(BIN)/sickbay demo --dir $(DEMO) $(ARGS)
	@$(BIN)/sickbay quickstart --dir $(DEMO)

test: setup-dev ## Run every test that is not marked slow
	@$(BIN)/python -m pytest -n $(WORKERS) $(ARGS)

check: setup-dev ## Format, lint, types, layers, generated code, then the tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell
	$(BIN)/buf lint proto
	@$(MAKE) --no-print-directory proto
	git diff --exit-code -- proto
	@$(MAKE) --no-print-directory test

format: setup-dev ## Format and fix what ruff can fix
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: setup-dev ## Measure; prints a table and writes build/bench.json
	@$(BIN)/python -m tests.bench $(ARGS)

e2e: setup-dev ## Run the end-to-end tests, the long ones too
	@$(BIN)/python -m pytest -n 0 -m "" tests/e2e $(ARGS)

browser: setup-dev ## Walk every page in Chromium: each role, light and dark, three widths
	@$(BIN)/python -m pytest -n $(WORKERS) -m "" tests/browser $(ARGS)

faults: setup-dev ## Kill the collector KILLS times and count what was lost
	@$(BIN)/python -m pytest -n 0 -m slow tests/faults --kills $(KILLS) $(ARGS)

picture: setup-dev ## Take the pictures of the README
	@$(BIN)/python -m tests.kit.picture

history: setup-dev ## Grow stores to two years and thirty days of 200 devices; measure
	@$(BIN)/python -m pytest -n 0 -q -s -m slow tests/history $(ARGS)

proto: $(VENV)/.dev ## Regenerate proto/sickbay/v1
	@$(BIN)/python -m grpc_tools.protoc -Iproto --plugin=protoc-gen-mypy=$(BIN)/protoc-gen-mypy \
	  --plugin=protoc-gen-mypy_grpc=$(BIN)/protoc-gen-mypy_grpc \
	  --python_out=proto --mypy_out=proto --grpc_python_out=proto --mypy_grpc_out=proto $(PROTO) 2>&1 | { grep -v "^Writing mypy" || true; }

texts: $(VENV)/.dev ## Collect the console's texts for translators; compile translations
	@$(BIN)/python -m tests.kit.texts

lock: $(BIN)/python ## Refresh the hashed lock files
	@$(PIP) install uv
	@deploy/lock $(BIN)/uv

clean: ## Remove the virtual environment and what was built
	rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache .hypothesis

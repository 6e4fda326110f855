# Needs Python 3.11 or newer, make (3.81 will do) and a package registry.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

BIN := .venv/bin
READY := .venv/.ready
PIP := $(BIN)/python -m pip --disable-pip-version-check
PYTHON ?= $(shell for p in python3 python python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)

# An environment whose Python is gone, or that was made in another folder, is made anew.
$(shell [ -x $(BIN)/python ] && grep -qsF "$(CURDIR)/.venv" $(BIN)/activate || rm -f $(READY) $(BIN)/python)

# uv does not read pip's configuration, so it is handed the registry and the certificates that pip would use.
pip_knows = $(PIP) config list 2>/dev/null | sed -n "s/.*[.]$(1)='\(.*\)'/\1/p" | head -n 1
UV = registry=$${UV_DEFAULT_INDEX:-$${UV_INDEX_URL:-$$($(call pip_knows,index-url))}}; \
	certificates=$${SSL_CERT_FILE:-$$($(call pip_knows,cert))}; \
	[ -z "$$registry" ] || export UV_DEFAULT_INDEX="$$registry"; \
	[ -z "$$certificates" ] || export SSL_CERT_FILE="$$certificates"; \
	$(BIN)/uv

.PHONY: help
help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-7s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: $(READY)  ## set up, then take the tour: history against the record, two policies compared, with figures
	$(BIN)/fentsim tour

.PHONY: test
test: $(READY)  ## set up, then run every test, slow ones too
	$(BIN)/pytest -n 2

.PHONY: check
check: $(READY)  ## style, types, layers, spelling and the project file
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/codespell
	$(BIN)/validate-pyproject pyproject.toml

.PHONY: format
format: $(READY)  ## put the code in the house style
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

.PHONY: bench
bench: $(READY)  ## measure speed
	$(BIN)/python -m benchmarks

.PHONY: docs
docs: $(READY)  ## write the pages, schemas and lists that are derived from the model
	$(BIN)/python -m docs.build

.PHONY: lock
lock: | $(BIN)/python  ## renew requirements.lock from pyproject.toml
	@$(UV) pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--extra cluster --extra discovery --group build --group dev --custom-compile-command "make lock" \
		--output-file requirements.lock pyproject.toml

.PHONY: setup
setup: $(READY)  ## create the environment in .venv, or bring it up to date

.PHONY: clean
clean:  ## remove the environment and the caches; outputs/ stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage* htmlcov dist
	find . -name __pycache__ -prune -exec rm -rf {} +

$(READY): pyproject.toml requirements.lock | $(BIN)/python
	@echo "Setting up .venv, once: half a minute with a good connection." >&2
	@( $(UV) pip install --quiet --python $(BIN)/python --require-hashes --compile-bytecode -r requirements.lock ) || \
		{ echo "uv could not do it; pip can, in a few minutes." >&2; \
		$(PIP) install --quiet --require-hashes -r requirements.lock; }
	@$(PIP) install --quiet --no-build-isolation --no-deps --editable .
	@touch $@

$(BIN)/python:
	@[ -n "$(PYTHON)" ] || { echo "No Python 3.11 or newer was found. Install one, or name it: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "$(PYTHON) is older than 3.11. Name a newer one: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -m venv --clear .venv
	@$(PIP) install --quiet --quiet --only-binary :all: uv || true

# Every command a person needs. A bare `make` lists them.
#
# Nothing but python3 and make is expected: uv comes from the package index into .uv/, and with it
# everything else. UV_PYTHON points at a Python 3.12+ where one can be found (a shim that does not
# run counts as none); uv fetches one where it may.

SHELL := /bin/sh
.DEFAULT_GOAL := help
PORT ?= 8000
UV := .uv/bin/uv
RUN := .venv/bin
DATABASE_URL_POSTGRES ?= postgres://postgres@127.0.0.1:5432/tech_la_cares
PYTHON_FOUND := $(shell sh scripts/find-python)
ifneq ($(PYTHON_FOUND),)
export UV_PYTHON := $(PYTHON_FOUND)
endif
export DJANGO_SETTINGS_MODULE := config.settings

.PHONY: help run test check test-postgres bench format setup clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-15s %s\n", $$1, $$2}'

run: .venv/.ready ## Set up everything and serve http://127.0.0.1:8000 (PORT= to change)
	@PORT=$(PORT) sh scripts/run

test: .venv/.ready ## The whole test suite on the embedded default, browser tests included
	@$(RUN)/pytest

check: .venv/.ready ## Formatters, linters, types, architecture, templates, migrations, system checks
	@sh scripts/check

test-postgres: .venv/.ready ## The same suite on PostgreSQL (DATABASE_URL=, default the local one)
	@DATABASE_URL=$${DATABASE_URL:-$(DATABASE_URL_POSTGRES)} $(RUN)/pytest

bench: .venv/.ready ## Cost of pages, feeds, sign-ups, repeat rules; beside a bare Django view of the same run
	@$(RUN)/python -m tests.bench

format: .venv/.ready ## Rewrite code and templates in the house's format
	@$(RUN)/ruff format .
	@$(RUN)/ruff check --fix --quiet . || true
	@git ls-files -co --exclude-standard -z 'templates/*.html' | xargs -0 $(RUN)/djade || true
	@$(RUN)/djangofmt --quiet templates || true

setup: .venv/.ready ## Install what is missing and nothing more

clean: ## Remove everything that these commands made
	rm -rf .venv .uv var

# --- What the commands stand on -----------------------------------------------------------------

$(UV):
	@sh scripts/get-uv

.venv/.ready: $(UV) pyproject.toml uv.lock
	@$(UV) sync --frozen --quiet --compile-bytecode || { \
	    echo "The packages could not be installed: this needs Python 3.12 or newer (found: $${UV_PYTHON:-none}) and the package index." >&2; exit 1; }
	@touch $@

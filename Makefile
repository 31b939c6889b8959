# make up: run Crossdock here. make test: prove it. Both need Python 3.11+ and nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.installed
TYPES := $(BIN)/mypy && $(BIN)/lint-imports

.DEFAULT_GOAL := help
# Each process that is started would compile everything anew.
export PYTHONDONTWRITEBYTECODE :=
.PHONY: help up test lint style types bench fuzz schema clean

help: ## say what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Crossdock needs Python 3.11 or newer; set PYTHON=…"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

up: $(READY) ## start the database, the API and the workers; Ctrl-C stops them
	@exec $(BIN)/crossdock up

# Types beside the tests: where these wait, those find time. What they say comes at once, and once
# more at the end if they are wrong.
test: $(READY) style tests/clients/node_modules ## lint, types, import contracts and all tests
	@said=$$(mktemp); \
	( { $(TYPES); } >$$said 2>&1; ended=$$?; cat $$said; exit $$ended ) & types=$$!; \
	$(BIN)/python -m pytest -n auto --dist loadfile; ended=$$?; \
	wait $$types || { cat $$said; ended=1; }; \
	rm -f $$said; exit $$ended

# The outside judges of the API; without node their test is skipped and says so.
tests/clients/node_modules: tests/clients/package-lock.json
	@if command -v npm >/dev/null; then npm ci --prefix tests/clients --no-audit --no-fund --ignore-scripts --silent && touch $@; \
	else echo "no node here: the outside judges of the API are skipped"; fi

lint: style types ## ruff, mypy, import contracts

style: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(TYPES)

bench: $(READY) ## measure side by side, one table, bench/latest.json
	$(BIN)/python -m bench.run

fuzz: $(READY) ## schemathesis, 2,000 cases each as administrator, partners and nobody
	$(BIN)/python -m tests.fuzzing.run

schema: $(READY) ## write graphql/schema.graphql and docs/reference anew
	$(BIN)/crossdock schema --write graphql/schema.graphql
	$(BIN)/crossdock reference docs/reference

clean: ## remove what make made; CROSSDOCK_HOME stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# Two commands: `make build` (install, demo, dbt build, verdicts) and `make test` (install, lint, every test).
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
INSTALLED := .venv/.installed

.PHONY: build install test lint format lock bench clean

build: $(INSTALLED)
	@test -e landing || $(BIN)/microlift simulate
	$(BIN)/dbt build
	@$(BIN)/microlift verdicts

install: $(INSTALLED)

test: $(INSTALLED) lint
	$(BIN)/pytest --numprocesses=auto --dist=loadfile

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	MICROLIFT_DATABASE=:memory: $(BIN)/sqlfluff lint --disable-progress-bar models

format: $(INSTALLED)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	MICROLIFT_DATABASE=:memory: $(BIN)/sqlfluff fix --disable-progress-bar models

$(INSTALLED): requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# Needs uv; run it after a change of the dependencies in pyproject.toml.
lock:
	uv pip compile --python-version 3.11 --universal --no-strip-extras --generate-hashes --no-emit-index-url --no-header \
		--extra dev pyproject.toml --output-file requirements.lock

bench: $(INSTALLED)
	$(BIN)/python -m benchmarks demo

clean:
	rm -rf target logs warehouse.duckdb warehouse.duckdb.wal

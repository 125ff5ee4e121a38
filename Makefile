PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
export OMP_NUM_THREADS ?= 1

.PHONY: demo test bench install check clean

install: .venv/installed-run

test-install: .venv/installed-test

demo: .venv/installed-run
	$(BIN)/supplychain demo

check: .venv/installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: check
	$(BIN)/python -m pytest -n 2 --dist loadgroup

bench: .venv/installed-test
	$(BIN)/python -m benchmarks.placement
	$(BIN)/python -m benchmarks.routing
	$(BIN)/python -m benchmarks.inventory
	$(BIN)/python -m benchmarks.forecasting

.venv/uv:
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	touch $@

.venv/installed-run: .venv/uv pyproject.toml constraints.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --constraint constraints.txt editables --editable .
	touch $@

.venv/installed-test: .venv/installed-run
	$(BIN)/uv pip install --quiet --python $(BIN)/python --constraint constraints.txt editables --editable '.[dev,prophet,build]'
	touch $@

clean:
	rm -rf .venv .supplychain build dist

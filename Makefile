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

test: check .venv/browser
	$(BIN)/python -m pytest -n 2 --dist loadgroup --durations 20

bench: .venv/installed-test
	$(BIN)/python -m benchmarks.forecasting
	$(BIN)/python -m benchmarks.inventory
	$(BIN)/python -m benchmarks.placement
	$(BIN)/python -m benchmarks.routing

.venv/uv:
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	touch $@

.venv/installed-run: .venv/uv pyproject.toml constraints.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --constraint constraints.txt editables --editable .
	touch $@

.venv/installed-test: .venv/installed-run
	$(BIN)/uv pip install --quiet --python $(BIN)/python --constraint constraints.txt editables --editable '.[dev,prophet,postgres,build]'
	touch $@

# Tests marked `browser` drive a Chromium. As root on Debian it is installed; where none can be had they are skipped and say so.
.venv/browser: .venv/uv
	@for name in chromium chromium-browser google-chrome; do command -v $$name >/dev/null && exit 0; done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		export DEBIAN_FRONTEND=noninteractive; \
		apt-get update -qq >/dev/null 2>&1; apt-get install -y -qq --no-install-recommends chromium >/dev/null 2>&1 && exit 0; \
	fi; \
	echo "No Chromium: tests marked browser will be skipped."
	@touch $@

clean:
	rm -rf .venv .supplychain build dist

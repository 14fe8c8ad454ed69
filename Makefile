# Two commands matter: `make rehearse` runs the main job over a private Tor network on this machine, `make test` passes
# all tests. Each sets up what it needs first: Debian or Ubuntu packages, a virtual environment, locked dependencies.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin

.PHONY: rehearse test test-all lint unit explore fuzz bench setup setup-dev setup-peers clean

rehearse: setup
	$(BIN)/sightline rehearse

test: setup-dev lint unit

# Everything, the slowest tests included: run it before an issue is called resolved.
test-all: setup-dev lint
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

lint: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

# Three at once on two cores: a third of the time is waiting for tor, limits and deadlines.
unit: setup-dev
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder -m "not slow"

# Property tests alone, with examples that no run had before.
explore: setup-dev
	$(BIN)/python -m pytest -n 3 -m hypothesis --hypothesis-profile explore

# Coverage-guided fuzzing of everything that reads hostile bytes, each target for so many seconds.
SECONDS ?= 600
fuzz: setup-dev
	for target in tests/fuzz/targets/*.py; do \
		$(BIN)/python -m tests.fuzz.run $$(basename $$target .py) --seconds $(SECONDS) \
			--corpus .fuzz/corpus --findings .fuzz/findings || exit 1; \
	done

bench: setup-peers
	$(BIN)/python -m benchmarks

setup: $(VENV)/run.stamp
setup-dev: $(VENV)/dev.stamp
setup-peers: $(VENV)/peers.stamp

$(VENV)/run.stamp: requirements.lock pyproject.toml scripts/system-packages scripts/environment
	PYTHON=$(PYTHON) scripts/system-packages run
	PYTHON=$(PYTHON) scripts/environment $(VENV) requirements.lock
	touch $@

$(VENV)/dev.stamp: requirements-dev.lock pyproject.toml scripts/system-packages scripts/environment
	PYTHON=$(PYTHON) scripts/system-packages dev
	PYTHON=$(PYTHON) scripts/environment $(VENV) requirements-dev.lock
	touch $@ $(VENV)/run.stamp

# The peers are large: only the benchmarks need them.
$(VENV)/peers.stamp: requirements-peers.lock pyproject.toml scripts/system-packages scripts/environment
	PYTHON=$(PYTHON) scripts/system-packages dev
	PYTHON=$(PYTHON) scripts/environment $(VENV) requirements-peers.lock
	touch $@ $(VENV)/run.stamp $(VENV)/dev.stamp

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis

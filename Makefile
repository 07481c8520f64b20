# One command runs, one command tests. Everything else is named in the README.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
COMPILE = $(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --all-build-deps --no-header

.PHONY: run test demo lint bench campaign screenshots lock debian clean

run: $(VENV)/run.stamp
	@$(BIN)/secingest

demo: $(VENV)/run.stamp
	@$(BIN)/secingest demo

test: $(VENV)/dev.stamp debian
	$(BIN)/python -m pytest -n 2 --dist loadfile

lint: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/dev.stamp
	@for benchmark in tests/benchmarks/*.py; do echo "== $$benchmark"; $(BIN)/python $$benchmark || exit 1; done

campaign: $(VENV)/dev.stamp debian
	$(BIN)/python -m tests.faults.campaign --runs 50 --seed 1
	$(BIN)/python -m tests.faults.campaign --runs 50 --seed 1 --broken no-compare
	$(BIN)/python -m tests.faults.campaign --runs 50 --seed 1 --broken no-journal
	$(BIN)/python -m tests.faults.campaign --runs 50 --seed 1 --broken no-fsync
	$(BIN)/python -m tests.server.kills 50 1
	$(BIN)/python -m tests.faults.replication --runs 104 --seed 1
	$(BIN)/python -m tests.faults.replication --runs 20 --seed 1 --broken no-residency
	$(BIN)/python -m tests.faults.replication --runs 20 --seed 1 --broken no-check
	$(BIN)/python -m tests.faults.replication --runs 20 --seed 1 --broken early

screenshots: $(VENV)/dev.stamp
	$(BIN)/python screenshots/take.py

lock: $(VENV)/dev.stamp
	$(COMPILE) -o requirements.lock pyproject.toml
	$(COMPILE) --all-extras -c requirements.lock -o requirements-dev.lock pyproject.toml

debian:
	@sh tests/install-debian-packages

clean:
	rm -rf $(VENV) build *.egg-info

$(VENV)/run.stamp: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev.stamp: requirements-dev.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/run.stamp

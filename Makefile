# Every target works in .venv, which `make setup` makes from the versions in constraints.txt.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
DEMO ?= demo
DEMO_PATIENTS ?= 3200
DEMO_MINUTES ?= 8
CHECKPOINT_PATIENTS ?= 8000
CHECKPOINT_MINUTES ?= 25
DEMO_IMAGE = $(DEMO)/test/images/chest-1-000007-v1-frontal.png
TEST_WORKERS ?= 2
DATA ?= ../shared/data
MINUTES ?= 9

BIN := .venv/bin
POLYCLINIC := $(BIN)/polyclinic
TORCH := $(shell grep '^torch==' constraints.txt)
OFFLINE := HF_HUB_OFFLINE=1 OMP_NUM_THREADS=1

.PHONY: help setup demo scores checkpoint test test-slow fmt lint types docs docs-check check results masks clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/.done ## make .venv with the package and its tools (instant when nothing changed)

.venv/.done: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed, got " + sys.version)'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet '$(TORCH)' -c constraints.txt
	$(BIN)/python -m pip install --quiet -e '.[dev]' -c constraints.txt
	touch $@

demo: setup ## make phantoms, train on them, assess the model, ask it a few things (10 minutes on two cores)
	$(POLYCLINIC) phantom chest $(DEMO)/train --patients $(DEMO_PATIENTS) --seed 0
	$(POLYCLINIC) phantom chest $(DEMO)/test --patients 200 --seed 1
	$(POLYCLINIC) fit generalist $(DEMO)/train --out $(DEMO)/run --split all --minutes $(DEMO_MINUTES)
	$(POLYCLINIC) assess $(DEMO)/run $(DEMO)/test --split all --out $(DEMO)/assessment
	$(POLYCLINIC) answer $(DEMO)/run $(DEMO_IMAGE) "Is there a pleural effusion?"
	$(POLYCLINIC) answer $(DEMO)/run $(DEMO_IMAGE) "Which findings are present?"
	$(POLYCLINIC) report $(DEMO)/run $(DEMO_IMAGE)
	$(POLYCLINIC) find $(DEMO)/run $(DEMO_IMAGE) nodule
	$(POLYCLINIC) segment $(DEMO)/run $(DEMO_IMAGE) heart "left lung" -o $(DEMO)/masks.png
	@echo
	@echo "Everything lies in $(DEMO)/:"
	@echo "  report card      $(DEMO)/assessment/report.html (open it in a browser)"
	@echo "  scores           $(DEMO)/assessment/scores.json"
	@echo "  the model        $(DEMO)/run"
	@echo "  its phantoms     $(DEMO)/train and $(DEMO)/test"
	@echo "  the masks above  $(DEMO)/masks.png, of $(DEMO_IMAGE)"
	@echo "To go on:"
	@echo "  $(POLYCLINIC) search $(DEMO)/run $(DEMO)/test \"large left pleural effusion\""
	@echo "  $(POLYCLINIC) data inspect YOUR_FOLDER"
	@echo "  $(POLYCLINIC) fit generalist YOUR_FOLDER --out YOUR_RUN --minutes 10"

scores: setup ## assess the shipped checkpoint on the demo's test phantoms and write README's table (after demo)
	$(POLYCLINIC) assess generalist-nano $(DEMO)/test --split all --out $(DEMO)/shipped
	$(BIN)/python benchmarks/demo_scores.py $(DEMO)/assessment/scores.json $(DEMO)/shipped/scores.json

SHIPPED := src/polyclinic/checkpoints/generalist-nano
checkpoint: setup ## train the checkpoint that comes with the package (half an hour on two cores)
	$(POLYCLINIC) phantom chest runs/checkpoint/train --patients $(CHECKPOINT_PATIENTS) --seed 0 --languages en zh ar
	$(POLYCLINIC) fit generalist runs/checkpoint/train --out runs/checkpoint/run --split all --minutes $(CHECKPOINT_MINUTES)
	mkdir -p $(SHIPPED)
	cd runs/checkpoint/run && cp config.json model.safetensors tokenizer.json priors.json run.json loss.csv README.md $(CURDIR)/$(SHIPPED)/

test: setup ## run the fast tests
	$(OFFLINE) $(BIN)/python -m pytest -n $(TEST_WORKERS) --dist loadfile

test-slow: setup ## run the tests that take minutes
	$(OFFLINE) $(BIN)/python -m pytest -m slow

fmt: setup ## format the code and repair what the linter can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: setup ## check style and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup ## check types
	$(BIN)/mypy

docs: setup ## write the generated pages of docs/ and README.md anew
	$(OFFLINE) $(BIN)/python tools/make_docs.py

docs-check: setup ## compare the generated pages, follow the links, run the examples
	$(OFFLINE) $(BIN)/python tools/make_docs.py --check

check: lint types test docs-check ## all that a change must pass

results: setup ## make docs/results.md from small real sets in DATA (80 minutes on two cores)
	$(BIN)/python benchmarks/real_sets.py $(DATA) --minutes $(MINUTES)

masks: setup ## make docs/segmentation.md: every segmentation system of pictures beside MONAI's (hours; MINUTES each)
	$(BIN)/python -m pip install --quiet -e '.[bench]' -c constraints.txt
	$(BIN)/python benchmarks/real_masks.py $(DATA) --minutes $(MINUTES)

clean: ## remove caches and builds; leaves .venv, collections and runs
	rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist
	find src tests tools -name __pycache__ -type d -prune -exec rm -rf {} +

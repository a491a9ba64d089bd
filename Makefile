# setup, demo, test, lint, format, bench. Each makes .venv and installs what it needs; the second time that is quick.

PYTHON_FILES = edgeopt tests benchmarks examples
C_FILES = $(wildcard edgeopt/kernels/*.[ch] firmware_templates/*/*.[ch])
MODELS ?= ../shared/models
EXTRAS ?= dev
RUN = .venv/bin/python -m

.PHONY: setup demo test lint format bench bench-model costs clean

# A stamp says which extras a .venv has; it is older than pyproject.toml when they may have changed.
.venv/stamp-%: pyproject.toml scripts/setup.sh
	@scripts/setup.sh $*
	@touch $@

DEV = .venv/stamp-$(EXTRAS)
# Whoever has the developer's set-up has the demo's.
COMMA = ,
DEMO = $(or $(firstword $(wildcard .venv/stamp-dev*)),.venv/stamp-quantize$(COMMA)oracle)

setup: $(DEV)

demo: $(DEMO)
	@$(RUN) edgeopt deploy examples/mnist/mnist_float.tflite --board nucleo-l4r5zi \
	    --calibration examples/mnist/calibration.npz --data examples/mnist/test.npz -o demo-out

# One worker a core; PYTEST_ARGS=-n0 for one process.
test: $(DEV)
	@$(RUN) pytest -n auto --dist worksteal $(PYTEST_ARGS)

lint: $(DEV)
	@$(RUN) ruff check $(PYTHON_FILES)
	@$(RUN) ruff format --check $(PYTHON_FILES)
	@$(RUN) mypy
	@.venv/bin/clang-format --dry-run --Werror $(C_FILES)

format: $(DEV)
	@$(RUN) ruff check --fix $(PYTHON_FILES)
	@$(RUN) ruff format $(PYTHON_FILES)
	@.venv/bin/clang-format -i $(C_FILES)

# MODELS is a folder of *_int8.tflite.
bench: $(DEV)
	@$(RUN) benchmarks $(MODELS)

# EVIDENCE is a folder of ELFs and published measurements: docs/cycle_model.md.
bench-model: $(DEV)
	@$(RUN) benchmarks.model --models $(MODELS) $(if $(EVIDENCE),--evidence $(EVIDENCE))

# What `edgeopt analyze` estimates with; needs arm-none-eabi-gcc. Run it when kernels change.
costs: $(DEV)
	@$(RUN) benchmarks.costs $(MODELS)

clean:
	rm -rf .venv demo-out bench-out build dist

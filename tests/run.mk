# The differential runner: every program of tests/run under the interpreter, and under pyopt in every mode.
#   make check-run K=float              only programs whose name matches
#   make check-run PYTHONS="python3.11 /path/to/another"
#   make check-refs                     reference totals, on a debug build of CPython
#   make fuzz-run N=1000 SEED=1         random programs
#   make stdlib M="test_json test_re"   CPython's own tests, everything compiled; without M all of tests/stdlib/modules.txt
N        ?= 100
SEED     ?= 1
DEBUG_PY ?= python3-dbg
RUN_PY   := $(firstword $(LOADER_EXES))

.PHONY: check-run check-refs
check-run: all ## programs behave as under the interpreter: on, off, every guard failing, other input than trained
	@for p in $(or $(RUN_PYTHONS),$(RUN_PY)); do tests/run/run.py --build $(BUILD) --python $$p $(if $(K),-k '$(K)') || exit 1; done

check-refs: all ## on a debug build: total references do not drift
	@tests/run/run.py --refs --build $(BUILD) --python $(DEBUG_PY) $(if $(K),-k '$(K)')

# N programs from SEED on; what differs is saved in build/fuzz-run, and tools/reduce.py makes it small.
.PHONY: fuzz-run check-fuzz
fuzz-run: all ## random programs behave as under the interpreter: N=1000 SEED=1
	@tools/fuzz_run.py -n $(N) --seed $(SEED) --build $(BUILD) --python $(RUN_PY) $(FUZZ_OPTS)

check-fuzz: all ## the same with few programs and fixed seeds
	@tools/fuzz_run.py -n 8 --seed 1 --batch 4 --all --build $(BUILD) --python $(RUN_PY)

.PHONY: stdlib
stdlib: all ## CPython's own tests pass and fail as under the interpreter, with every function compiled (an hour)
	@tests/stdlib/stdlib.py --build $(BUILD) $(M) --python $(LOADER_EXES)

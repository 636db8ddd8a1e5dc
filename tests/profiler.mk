# The profiler end to end: what it must not do to a program, and how near its counts are to exact ones.
#   make check-profiler PYTHONS="python3.11 /path/to/another"
#   make accuracy       programs of known shape against exact counts, for longer
#   make overhead       what recording costs, in interleaved pairs: only on a quiet machine
PROFILER_PYTHONS = $(shell PYTHONS="$(PYTHONS)" sh tests/unit/find_pythons.sh)
PYPROF = $(BUILD)/bin/pyprof

.PHONY: check-profiler accuracy overhead
check-profiler: all ## the profiler: threads, forks, signals, faults, accuracy
	@tests/profiler/run.sh $(PYPROF) $(PROFILER_PYTHONS)

accuracy: all ## sampled types, odds and times against exact counts
	@for p in $(firstword $(PROFILER_PYTHONS)); do $$p tests/profiler/accuracy.py $(PYPROF) $$p; done

overhead: all ## CPU time with and without recording
	@for p in $(firstword $(PROFILER_PYTHONS)); do $$p tests/profiler/overhead.py $(PYPROF) $$p; done

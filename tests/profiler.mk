# The profiler end to end: what it must not do to a program, and how near its counts are to exact ones.
#   make check-profiler PYTHONS="python3.11 /path/to/another"
#   make accuracy       programs of known shape against exact counts, for longer
#   make check-browser  the flame graph in a headless browser; CHROMIUM names it
#   make storms         what recording must survive, RUNS times each; STORMS names some, OPTIONS=--native adds native stacks
#   make compare        what sampling costs a program and a web server, against other samplers (from the registry)
#   make overhead       what recording costs, in interleaved pairs: only on a quiet machine
PROFILER_PYTHONS = $(shell PYTHONS="$(PYTHONS)" sh tests/unit/find_pythons.sh)
PYPROF = $(BUILD)/bin/pyprof

.PHONY: check-profiler check-browser accuracy overhead compare storms
check-profiler: all ## the profiler: threads, forks, signals, faults, accuracy
	@tests/profiler/run.sh $(PYPROF) $(PROFILER_PYTHONS)

accuracy: all ## sampled types, odds and times against exact counts
	@for p in $(firstword $(PROFILER_PYTHONS)); do $$p tests/profiler/accuracy.py $(PYPROF) $$p; done

overhead: all ## CPU time with and without recording
	@for p in $(firstword $(PROFILER_PYTHONS)); do $$p tests/profiler/overhead.py $(PYPROF) $$p; done

RUNS ?= 100
storms: all ## what recording must survive, RUNS times over: kills, full disks, forks, threads
	@for p in $(firstword $(PROFILER_PYTHONS)); do $$p tests/profiler/storms.py $(PYPROF) $$p $(RUNS) $(STORMS); done

RATE  ?= 100
PAIRS ?= 5
compare: all ## what sampling costs, against py-spy and austin, with gunicorn under load
	@[ -x $(BUILD)/compare/bin/gunicorn ] || { $(firstword $(PROFILER_PYTHONS)) -m venv $(BUILD)/compare && \
	    $(BUILD)/compare/bin/pip install -q py-spy austin-dist gunicorn flask; }
	@$(BUILD)/compare/bin/python tests/profiler/compare.py $(PYPROF) $(RATE) $(PAIRS)

CHROMIUM ?= chromium
check-browser: all ## the flame graph in a real browser, where there is one
	@for p in $(firstword $(PROFILER_PYTHONS)); do tests/profiler/browser.sh $(PYPROF) $$p $(CHROMIUM); done

# The profiler end to end: what it must not do to a program, and how near its counts are to exact ones.
#   make check-profiler PYTHONS="python3.11 /path/to/another"
#   make accuracy       programs of known shape against exact counts, for longer
#   make check-browser  the flame graph in a headless browser; CHROMIUM names it
#   make storms         what recording must survive, RUNS times each; STORMS names some, OPTIONS=--native adds native stacks
#   make overhead       what recording costs programs and a web server at 100 and 1000 Hz (gunicorn and flask from the registry)
#   make compare        the same, and what other samplers cost them (py-spy and austin); RATES, SECONDS for each, ONLY=WORD,...
PROFILER_PYTHONS = $(shell PYTHONS="$(PYTHONS)" sh tests/unit/find_pythons.sh)
PYPROF = $(BUILD)/bin/pyprof

.PHONY: check-profiler check-browser accuracy overhead compare storms
check-profiler: all ## the profiler: threads, forks, signals, faults, accuracy
	@tests/profiler/run.sh $(PYPROF) $(PROFILER_PYTHONS)

accuracy: all ## sampled types, odds and times against exact counts
	@for p in $(firstword $(PROFILER_PYTHONS)); do $$p tests/profiler/accuracy.py $(PYPROF) $$p; done

RUNS ?= 100
storms: all ## what recording must survive, RUNS times over: kills, full disks, forks, threads
	@for p in $(firstword $(PROFILER_PYTHONS)); do $$p tests/profiler/storms.py $(PYPROF) $$p $(RUNS) $(STORMS); done

RATES   ?= 100,1000
SECONDS ?= 30
COMPARE = $(BUILD)/compare/bin/python tests/profiler/compare.py $(PYPROF) --rates $(RATES) --seconds $(SECONDS) --only "$(ONLY)"
overhead: all $(BUILD)/compare/bin/gunicorn ## what recording costs programs, and gunicorn under load
	@$(COMPARE)

compare: all $(BUILD)/compare/bin/gunicorn ## the same for py-spy and austin too
	@$(COMPARE) --others

$(BUILD)/compare/bin/gunicorn:
	$(firstword $(PROFILER_PYTHONS)) -m venv $(BUILD)/compare
	$(BUILD)/compare/bin/pip install -q py-spy austin-dist gunicorn flask

CHROMIUM ?= chromium
check-browser: all ## the flame graph in a real browser, where there is one
	@for p in $(firstword $(PROFILER_PYTHONS)); do tests/profiler/browser.sh $(PYPROF) $$p $(CHROMIUM); done

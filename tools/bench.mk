# pyperformance with and without bundles.  Not part of `make check`: it takes half an hour and wants a quiet machine.
#   make bench                      every benchmark
#   make bench B=nbody,float        some;  BENCH_OPTS=--quick for a first look, --json FILE for the figures,
#                                   --instructions to count those (no noise)
.PHONY: bench
bench: all ## pyperformance's standard-library benchmarks: record, compile, interleaved runs off and on
	@tools/bench/bench.py --build $(BUILD) --python $(firstword $(LOADER_EXES)) $(if $(B),-b $(B)) $(BENCH_OPTS)

.PHONY: pieces
pieces: all ## small pieces of everyday Python with and without their bundle: P="list_append zip_lists", ITERATIONS=600000
	@tools/bench/pieces_bench.py --build $(BUILD) --python $(firstword $(LOADER_EXES)) -n $(or $(ITERATIONS),600000) $(P)

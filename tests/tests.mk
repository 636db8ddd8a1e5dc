# The unit tests, and the fuzz targets of everything that reads bytes from elsewhere.
#   make check-unit                        PYTHONS="python3.11 ..." picks the Pythons, S="marshal instrs" the suites
#   make fuzz T=marshal SECS=60            needs clang; findings go to build/fuzz, and as a file into tests/fuzz/corpus
CHECK_LIBS = $(shell pkg-config --libs check)
FUZZERS   := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
REPLAYS   := $(FUZZERS:%=$(BUILD)/tests/replay_%)
SECS      ?= 60

.PHONY: check-unit check-asan check-replay fuzz
check-unit: $(BUILD)/tests/check_unit check-replay ## unit tests of every source file, and the fuzz corpus once
	$(BUILD)/tests/check_unit $(S)

check-replay: $(REPLAYS)
	@for t in $(FUZZERS); do $(BUILD)/tests/replay_$$t tests/fuzz/corpus/$$t/* || exit 1; done

check-asan: ## the unit tests under the address and undefined behaviour sanitizers
	PYOPT_TEST_EVERY=16 $(MAKE) BUILD=$(BUILD)/asan CFLAGS="-O1 -g" SAN="-fsanitize=address,undefined -fno-sanitize-recover=all" check-unit

$(BUILD)/tests/check_unit: $(TESTS_O) $(LIBS)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(SAN) -o $@ $(TESTS_O) $(LIBS) $(CHECK_LIBS) $(LDLIBS)

$(BUILD)/obj/tests/fuzz/%.o: tests/fuzz/%.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(INC_tests) -c -o $@ $<

$(BUILD)/tests/replay_%: $(BUILD)/obj/tests/fuzz/fuzz_%.o $(BUILD)/obj/tests/fuzz/replay.o $(LIBS)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(SAN) -o $@ $^ $(LDLIBS)

# libFuzzer instruments the readers too, so everything a target needs is compiled for it, apart from the build.
FUZZ_FLAGS := -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
fuzz: ## run one fuzz target for a while: T=marshal SECS=60
	@mkdir -p $(BUILD)/fuzz/$(T)
	clang -std=gnu11 $(FUZZ_FLAGS) $(INC_tests) -o $(BUILD)/fuzz/fuzz_$(T) tests/fuzz/fuzz_$(T).c \
	    $(wildcard formats/*/*.c formats/cpython/v3*/*.c optimizer/ir*.c optimizer/build*.c optimizer/opt_*.c \
    optimizer/spec_*.c optimizer/cfg.c optimizer/feedback.c optimizer/pass.c) $(LDLIBS)
	$(BUILD)/fuzz/fuzz_$(T) -max_total_time=$(SECS) -timeout=10 -rss_limit_mb=4096 \
	    -artifact_prefix=$(BUILD)/fuzz/ $(BUILD)/fuzz/$(T) tests/fuzz/corpus/$(T)

.PHONY: golden
golden: $(BUILD)/tests/check_unit ## take over what the passes make of tests/ir now; read the diff before committing
	GOLDEN=1 $(BUILD)/tests/check_unit golden

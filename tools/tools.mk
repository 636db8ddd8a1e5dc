# What the command lines need beside them: the headers generated C includes.
LDLIBS += -ljansson
# Only SHA-256 is used of libcrypto.  Linked in it is 26 kB; as a shared library it would cost `pyopt run` 2 ms of start-up.
LDLIBS := $(patsubst -lcrypto,-l:libcrypto.a,$(LDLIBS))

RT_INCLUDE := $(BUILD)/lib/pyopt/include
RT_COPIED  := $(BUILD)/gen/abi.h $(RT_HEADERS)
RT_COPIES  := $(addprefix $(RT_INCLUDE)/,$(notdir $(RT_COPIED)))
EXTRA_ALL  += $(RT_COPIES)

$(BUILD)/bin/pyopt: $(RT_COPIES)

define copy_header
$(RT_INCLUDE)/$(notdir $(1)): $(1)
	@mkdir -p $$(@D)
	cp $$< $$@
endef
$(foreach h,$(RT_COPIED),$(eval $(call copy_header,$(h))))

# The whole of what is checked; each prints its own count.  The first measure, and run alone; of the others two run at a
# time, the longest first.
CHECKS_ALONE := check-profiler
# Beside it, for their length: check-asan (the unit tests under sanitizers) and check-refs (reference totals on python3-dbg).
CHECKS := check-run check-rtops check-loader check-fuzz check-unit check-cli check-regen check-layers check-format

.PHONY: deps check check-format check-layers check-cli check-cli-asan fmt lint analysed
deps: ## install the Debian packages that are missing
	@tools/install_deps.sh

check: deps ## install what is missing, build, and run every test
	@$(MAKE) -s --no-print-directory -j$$(nproc) all
	@BUILD="$(BUILD)" MAKE="$(MAKE)" tools/check.sh $(CHECKS_ALONE) -- $(CHECKS)

check-format: ## is every file as clang-format writes it
	@tools/check_format.sh

check-layers: $(LIBS) ## does every folder include only what it may
	@BUILD="$(BUILD)" tools/check_layers.sh

check-cli: all ## the command lines, word for word
	@BUILD="$(BUILD)" tests/cli/run.sh

# The loader and the agent stay as they are: they live in a Python that has no sanitizer.
check-cli-asan: all ## the same with pyopt and pyprof under the sanitizers
	@$(MAKE) -s --no-print-directory BUILD=$(BUILD)/asan CFLAGS="-O1 -g" \
	    SAN="-fsanitize=address,undefined -fno-sanitize-recover=all" $(BUILD)/asan/bin/pyopt $(BUILD)/asan/bin/pyprof
	@cp $(BUILD)/lib/pyopt/*.so $(BUILD)/asan/lib/pyopt/
	@BUILD="$(BUILD)/asan" tests/cli/run.sh

fmt: ## format every .c and .h
	@find formats profiler optimizer loader tools tests -name '*.[ch]' -exec clang-format -i {} +

analysed: $(FORMATS_O) $(PROFILER_O) $(OPTIMIZER_O)
lint: ## clang's static analyser over everything that runs outside Python
	@$(MAKE) --no-print-directory -s -k BUILD=$(BUILD)/lint SAN= \
	    CC="clang --analyze --analyzer-output text" analysed

# The loader with units written by hand, on every Python a loader was built for.
.PHONY: check-loader
check-loader: all $(BUILD)/tests/loader_keys ## the loader: stub, deopt, calls, tracing, recursion, threads
	sh tests/loader/run.sh $(abspath $(BUILD)) $(LOADER_EXES)

# Long, and not part of `make check`.  CPYTHON= a Python with its test package, T= some of its tests.
.PHONY: check-loader-cpython
check-loader-cpython: loaders $(BUILD)/tests/loader_keys ## CPython's own tests, every function through the stub and out again
	sh tests/loader/run_cpython.sh $(abspath $(BUILD)) $(or $(CPYTHON),$(lastword $(LOADER_EXES))) $(T)

$(BUILD)/obj/tests/loader/%.o: tests/loader/%.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(INC_cpython) -c -o $@ $<

$(BUILD)/tests/loader_keys: $(BUILD)/obj/tests/loader/keys.o $(BUILD)/libformats.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(SAN) -o $@ $^ $(LDLIBS)

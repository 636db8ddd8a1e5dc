# `make help` lists the targets.  Nothing is written outside build/.  What one folder alone needs is in its *.mk.
CC      ?= gcc
BUILD   ?= build
CFLAGS  ?= -O2 -g
WARN    := -std=gnu11 -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wswitch-enum -Werror
ALL_CFLAGS = $(CFLAGS) $(WARN) -fPIC -fvisibility=hidden -MMD -MP $(SAN)

# Layers are law: each library sees only the folders named here.
INC_base     := -Iformats/base
INC_cpython  := $(INC_base) -Iformats/cpython
INC_profile  := $(INC_cpython) -Iformats/profile
INC_unit     := $(INC_cpython) -Iformats/unit -I$(BUILD)/gen
INC_bundle   := $(INC_unit) -Iformats/bundle
INC_profiler := $(INC_profile) -Iprofiler -Iprofiler/commands
INC_optimizer:= $(INC_profile) $(INC_bundle) -Ioptimizer
INC_tools    := $(INC_optimizer) -Iprofiler -Iprofiler/commands
INC_tests    := $(INC_tools)

# What generated C includes.  It has the runtime's helpers inlined: a bundle fits the loader that was built from the same
# headers, and no other.  Their checksum is the number that both compare.
RT_HEADERS := $(sort $(wildcard formats/unit/*.h formats/unit/*.def loader/rt/*.h loader/rt/*.def) formats/base/base.h formats/cpython/codekey.h)
$(BUILD)/gen/abi.h: $(RT_HEADERS)
	@mkdir -p $(@D)
	@cat $^ | cksum | sed 's/\([0-9]*\).*/#define PYOPT_ABI \1u/' > $@

obj = $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard $(1)))

FORMATS_O   := $(call obj,formats/*/*.c formats/cpython/v3*/*.c)
PROFILER_O  := $(call obj,profiler/*.c profiler/commands/*.c)
OPTIMIZER_O := $(call obj,optimizer/*.c)
TESTS_O     := $(call obj,tests/unit/*.c)
TOOLS       := $(patsubst tools/%.c,$(BUILD)/bin/%,$(wildcard tools/*.c))
LIBS        := $(BUILD)/libpyopt.a $(BUILD)/libpyprof.a $(BUILD)/libformats.a
LDLIBS      := -lsqlite3 -lzstd -lz -lcrypto -Wl,--as-needed -lunwind-x86_64 -lm -lpthread

include $(wildcard profiler/*.mk loader/*.mk tests/*.mk tools/*.mk)

.DEFAULT_GOAL := all
.PHONY: all clean help
all: $(LIBS) $(TOOLS) $(EXTRA_ALL) ## build everything

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 18

clean: ## remove build/
	rm -rf $(BUILD)

$(BUILD)/libformats.a: $(FORMATS_O)
$(BUILD)/libpyprof.a: $(PROFILER_O)
$(BUILD)/libpyopt.a: $(OPTIMIZER_O)
%.a:
	@mkdir -p $(@D)
	rm -f $@ && ar rcs $@ $^

$(BUILD)/bin/%: $(BUILD)/obj/tools/%.o $(LIBS)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(SAN) -o $@ $< $(LIBS) $(LDLIBS)

define compile
$(BUILD)/obj/$(1)/%.o: $(1)/%.c | $(BUILD)/gen/abi.h
	@mkdir -p $$(@D)
	$(CC) $$(ALL_CFLAGS) $(2) -c -o $$@ $$<
endef
$(eval $(call compile,formats/base,$(INC_base)))
$(eval $(call compile,formats/cpython,$(INC_cpython)))
$(eval $(call compile,formats/profile,$(INC_profile)))
$(eval $(call compile,formats/bundle,$(INC_bundle)))
$(eval $(call compile,formats/unit,$(INC_unit)))
$(eval $(call compile,profiler,$(INC_profiler)))
$(eval $(call compile,profiler/commands,$(INC_profiler)))
$(eval $(call compile,optimizer,$(INC_optimizer)))
$(eval $(call compile,tools,$(INC_tools)))
$(eval $(call compile,tests/unit,$(INC_tests)))

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

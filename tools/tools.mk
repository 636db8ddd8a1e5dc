# What the command lines need beside them: the headers generated C includes.
LDLIBS += -ljansson

RT_INCLUDE := $(BUILD)/lib/pyopt/include
RT_HEADERS := formats/base/base.h formats/cpython/codekey.h $(wildcard formats/unit/*.h formats/unit/*.def \
              loader/rt/*.h loader/rt/*.def)
RT_COPIES  := $(addprefix $(RT_INCLUDE)/,$(notdir $(RT_HEADERS)))
EXTRA_ALL  += $(RT_COPIES)

$(BUILD)/bin/pyopt: $(RT_COPIES)

define copy_header
$(RT_INCLUDE)/$(notdir $(1)): $(1)
	@mkdir -p $$(@D)
	cp $$< $$@
endef
$(foreach h,$(RT_HEADERS),$(eval $(call copy_header,$(h))))

# Until the compiler's driver exists there is nothing to link pyopt against.
ifeq ($(wildcard optimizer/driver.c),)
TOOLS := $(filter-out $(BUILD)/bin/pyopt,$(TOOLS))
endif

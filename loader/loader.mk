# The preload library, and one loader for every Python found (PYTHONS= overrides the list).  A Python without headers,
# or of a version without a runtime, is left out.
PYTHONS ?= python3.11 python3 python3-dbg /usr/bin/python3.11
PYLIB := $(BUILD)/lib/pyopt

# "include-dir|version|soabi|executable" of each, those with equal version and SOABI once.
LOADER_PROBE := import sysconfig, sys, os; i = sysconfig.get_path("include"); \
  v = sys.version_info; \
  print(i + "|%d.%d.%d|" % v[:3] + sysconfig.get_config_var("SOABI") + "|" + os.path.realpath(sys.executable)) \
  if v[:2] == (3, 11) and os.path.exists(i + "/internal/pycore_frame.h") else None
LOADER_PYS := $(shell for p in $(PYTHONS); do $$p -c '$(LOADER_PROBE)' 2>/dev/null; done | \
  sort -t'|' -k2,3 -u)
LOADER_C := $(wildcard loader/*.c loader/rt/*.c)
LOADER_C := $(filter-out loader/preload.c,$(LOADER_C)) formats/cpython/codekey.c formats/base/err.c

$(PYLIB)/libpyopt_preload.so: loader/preload.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -shared -o $@ $< -ldl

# $(1): include dir, $(2): version, $(3): soabi
define loader_rules
LOADER_O_$(2)-$(3) := $$(LOADER_C:%.c=$(BUILD)/obj/py/$(2)-$(3)/%.o)
$(BUILD)/obj/py/$(2)-$(3)/%.o: %.c | $(BUILD)/gen/abi.h
	@mkdir -p $$(@D)
	$(CC) $$(ALL_CFLAGS) $$(INC_unit) $(if $(findstring 311d,$(3)),,-DNDEBUG) -fno-plt -fno-tree-loop-distribute-patterns -Iloader -Iloader/rt -fno-canonical-system-headers -isystem $(1) -DSOABI='"$(3)"' -c -o $$@ $$<
$(PYLIB)/loader-$(2)-$(3).so: $$(LOADER_O_$(2)-$(3))
	@mkdir -p $$(@D)
	$(CC) $(CFLAGS) $(SAN) -shared -Wl,-Bsymbolic-functions -o $$@ $$^ -ldl -lpthread
LOADERS += $(PYLIB)/loader-$(2)-$(3).so
endef
bar := |
LOADER_EXES := $(foreach p,$(LOADER_PYS),$(word 4,$(subst $(bar), ,$(p))))
$(foreach p,$(LOADER_PYS),$(eval $(call loader_rules,$(word 1,$(subst $(bar), ,$(p))),$(word 2,$(subst $(bar), ,$(p))),$(word 3,$(subst $(bar), ,$(p))))))

.PHONY: loaders
loaders: $(PYLIB)/libpyopt_preload.so $(LOADERS) ## build the preload library and the loaders
EXTRA_ALL += loaders

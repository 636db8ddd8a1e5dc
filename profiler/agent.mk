# The preloaded agent: a shared object of its own that links nothing but libc.
AGENT_SO := $(BUILD)/lib/pyopt/libpyprof_agent.so
AGENT_O  := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard profiler/agent/*.c))
EXTRA_ALL += $(AGENT_SO)

$(BUILD)/obj/profiler/agent/%.o: profiler/agent/%.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Iprofiler -Iprofiler/agent -c -o $@ $<

$(AGENT_SO): $(AGENT_O)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(SAN) -shared -o $@ $^ -Wl,-z,defs,-z,now

# The schema is part of the program.
$(BUILD)/obj/formats/profile/profsql.o: schemas/profile.sql

# So are the page of the flame graph and the table of commands.
$(BUILD)/obj/profiler/commands/export_flame.o: profiler/commands/flamegraph.html

# The manual pages say what --help says: both come from the table of commands.
.PHONY: man
man: $(BUILD)/bin/pyprof ## the manual pages, into build/share/man/man1
	@mkdir -p $(BUILD)/share/man/man1
	@$< manual >$(BUILD)/share/man/man1/pyprof.1
	@for c in $$($< --help | sed -n 's/^  \([a-z]*\) .*/\1/p' | sort -u); do \
	    $< manual $$c >$(BUILD)/share/man/man1/pyprof-$$c.1 2>/dev/null || rm -f $(BUILD)/share/man/man1/pyprof-$$c.1; \
	done; ls $(BUILD)/share/man/man1 | wc -l | sed 's/$$/ pages/'

# The runtime's operations (rt_attr, rt_global, rt_seq, rt_slice, rt_iter, rt_ops, rt_release, rt_collect) against the interpreter, on every Python found.
#   make check-rtops PYTHONS="python3.11 ..." T="attr seq"
RTOPS_C := $(addprefix loader/rt/,rt_array.c rt_attr.c rt_attr_fill.c rt_collect.c rt_dict.c rt_field.c rt_global.c rt_iter.c rt_release.c rt_seq.c rt_slice.c) $(wildcard loader/rt/rt_ops_*.c)

.PHONY: check-rtops
check-rtops: ## the runtime's operations against the interpreter's
	@tests/loader/rtops/run.sh $(BUILD)/rtops "$(CC) $(CFLAGS) $(WARN) $(INC_unit) -Iloader -Iloader/rt" "$(RTOPS_C)" $(T)

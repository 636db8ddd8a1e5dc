#include "pyops.h"

/* The flags column of pyops.def. */
enum {
    FlagsNo = 0,
    FlagsErr = PyOpMayRaise,
    FlagsPy = PyOpMayRaise | PyOpRunsPython,
    FlagsGen = PyOpMayRaise | PyOpRunsPython | PyOpGenerator,
};

static const PyOpInfo infos[PyOpCount] = {
    [PyOpNone] = {"none", ArgNone, FlowNext, FlagsNo},
#define PYOP(name, arg, flow, pops, pushes, flags)                                                 \
    [PyOp_##name] = {#name, Arg##arg, Flow##flow, Flags##flags},
#include "pyops.def"
#undef PYOP
};

const PyOpInfo *
pyops_info(PyOp op)
{
    return &infos[op < PyOpCount ? op : PyOpNone];
}

const char *
pyops_name(PyOp op)
{
    return pyops_info(op)->name;
}

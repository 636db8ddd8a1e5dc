/* The version-free opcode set: the union of what supported CPythons can execute, base opcodes only.
 * Facts about each (stack effect, what its argument indexes, control flow) are columns of
 * pyops.def. */
#ifndef PYOPT_PYOPS_H
#define PYOPT_PYOPS_H

#include "base.h"

typedef enum PyOp {
    PyOpNone,
#define PYOP(name, arg, flow, pops, pushes, flags) PyOp_##name,
#include "pyops.def"
#undef PYOP
    PyOpCount
} PyOp;

/* What the instruction's argument means. */
typedef enum PyArg {
    ArgNone,
    ArgCount,
    ArgConst,
    ArgName,
    ArgLocal,
    ArgDeref,
    ArgJumpFwd,
    ArgJumpBack,
    ArgKind,
    ArgNameNull /* index into names << 1; low bit: push a NULL below the value */
} PyArg;
/* How control leaves it. */
typedef enum PyFlow { FlowNext, FlowJump, FlowCond, FlowReturn, FlowRaise } PyFlow;

typedef struct PyOpInfo {
    const char *name;
    uint8_t arg, flow;
    uint32_t flags;
} PyOpInfo;

enum PyOpFlag {
    PyOpMayRaise = 1,
    PyOpRunsPython = 2,
    PyOpGenerator = 4 /* only in generators/coroutines */
};

const PyOpInfo *pyops_info(PyOp op);
const char *pyops_name(PyOp op);

#endif

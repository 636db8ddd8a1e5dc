/* From stack entries to operands.
 *
 * A sample may meet an instruction before, amid or after its work, and cannot tell which.  After
 * the work the operands are gone: the results lie over the lowest of them, and above these the
 * slots still hold what was there, perhaps freed.  So three kinds of entry are told apart at an
 * instruction that takes t entries and leaves r, with d entries on the stack before it:
 *
 *   height below d - t           rests: alive and untouched, whatever the instruction has done so
 * far. It is an operand of a later instruction, found by following the code. d - t + r up to d - 1
 * an operand that no result overwrites: what is there is the operand, unless it was freed, which
 * the handler notices by its count. d - t up to d - t + r - 1    operand before, result after: not
 * to be trusted.
 *
 * PRECALL's specialised forms do CALL's work, so it counts as taking what CALL takes. */
#include "sites.h"

enum { MAX_WALK = 4000 };

void
sites_prepare(Arena *a, Code *code)
{
    Err err;
    code->walkable = instrs_decode(a, code->c, &code->ins, &err) &&
                     instrs_stack_depths(a, code->c, &code->ins, &code->depths, &err);
}

typedef struct Effect {
    uint32_t takes, leaves;
} Effect;

static Effect
effect(const PyInstr *i)
{
    if (i->op == PyOp_PRECALL || i->op == PyOp_CALL)
        return (Effect){i->arg + 2, 1};
    if (i->op == PyOp_FOR_ITER) /* the iterator stays until it is exhausted */
        return (Effect){1, 0};
    int takes = instrs_pops(i, false);
    return (Effect){(uint32_t)takes, (uint32_t)(takes + instrs_stack_effect(i, false))};
}

uint32_t
sites_call_unit(const Code *code, uint32_t i)
{
    const PyInstr *in = &code->ins.at[i];
    if (in->op == PyOp_PRECALL && i + 1 < code->ins.n && code->ins.at[i + 1].op == PyOp_CALL)
        return code->ins.at[i + 1].off;
    return in->off;
}

/* The place of the entry at height, taken by instruction i or one behind it on the straight way. */
static uint32_t
swapped(const PyInstr *in, uint32_t depth, uint32_t height)
{
    if (in->op != PyOp_SWAP || in->arg > depth)
        return height;
    return height == depth - 1 ? depth - in->arg : height == depth - in->arg ? depth - 1 : height;
}

static bool
find_consumer(const Code *code, uint32_t i, uint32_t height, Place *out)
{
    for (int steps = 0; steps < MAX_WALK && i < code->ins.n; steps++) {
        const PyInstr *in = &code->ins.at[i];
        int depth = code->depths[in->start];
        if (depth < 0 || (uint32_t)depth <= height)
            return false;
        Effect e = effect(in);
        if (height >= (uint32_t)depth - e.takes) {
            *out = (Place){sites_call_unit(code, i), (uint32_t)depth - 1 - height};
            return true;
        }
        height = swapped(in, (uint32_t)depth, height);
        PyFlow flow = (PyFlow)pyops_info(in->op)->flow;
        if (flow == FlowReturn || flow == FlowRaise)
            return false;
        i = flow == FlowJump ? code->ins.index_of[in->target] : i + 1;
    }
    return false;
}

bool
sites_consumer(Code *code, uint32_t i, uint32_t height, Place *out)
{
    enum { NOWHERE = 1 };
    uint64_t *known = map_at(&code->consumers, (uint64_t)i << 32 | height);
    if (!*known) {
        Place p;
        bool found = find_consumer(code, i, height, &p);
        *known = found ? ((uint64_t)p.off << 32 | p.slot) + 2 : NOWHERE;
    }
    *out = (Place){(uint32_t)((*known - 2) >> 32), (uint32_t)(*known - 2)};
    return *known != NOWHERE;
}

bool
sites_place(Code *code, uint32_t i, uint32_t height, bool at_start, Place *out)
{
    const PyInstr *in = &code->ins.at[i];
    int depth = code->depths[in->start];
    if (depth < 0 || height >= (uint32_t)depth)
        return false;
    Effect e = effect(in);
    if (swapped(in, (uint32_t)depth, height) != height)
        return false;
    if (height < (uint32_t)depth - e.takes) { /* resting; not taken here, so look behind */
        PyFlow flow = (PyFlow)pyops_info(in->op)->flow;
        if (flow == FlowReturn || flow == FlowRaise)
            return false;
        uint32_t next = flow == FlowJump ? code->ins.index_of[in->target] : i + 1;
        return sites_consumer(code, next, height, out);
    }
    /* STORE_FAST may be the first half of a superinstruction that pushes again: ask the local. */
    if (!at_start || height < (uint32_t)depth - e.takes + e.leaves || in->op == PyOp_STORE_FAST)
        return false;
    *out = (Place){sites_call_unit(code, i), (uint32_t)depth - 1 - height};
    return true;
}

void
sites_loads(Code *code, uint32_t i, SitesLoad *visit, void *arg)
{
    uint64_t stored = 0; /* bit per local */
    for (; i < code->ins.n; i++) {
        const PyInstr *in = &code->ins.at[i];
        int depth = code->depths[in->start];
        Place p;
        if (depth < 0 || pyops_info(in->op)->flow != FlowNext)
            return;
        if ((in->op == PyOp_STORE_FAST || in->op == PyOp_DELETE_FAST) && in->arg < 64)
            stored |= 1ull << in->arg;
        if (in->op == PyOp_LOAD_FAST && in->arg < 64 && !(stored >> in->arg & 1) &&
            sites_consumer(code, i + 1, (uint32_t)depth, &p))
            visit(in->arg, p, arg);
    }
}

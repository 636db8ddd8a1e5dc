/* A .pyc file: everything that is ever asked of a code object, for each one in it. */
#include "exctab.h"
#include "fuzz.h"
#include "instrs.h"
#include "linetab.h"
#include "marshal.h"

/* What the optimizer relies on once the checks have passed. */
static void
check_sound(const PyCode *c, const PyInstrs *ins, const int16_t *depths, const ExcTable *exc)
{
    for (uint32_t unit = 0; unit < c->n_units; unit++) {
        const PyInstr *i = &ins->at[ins->index_of[unit]];
        const ExcEntry *e = exctab_find(exc, unit);
        if (unit < i->start || unit >= i->next || depths[unit] > c->stacksize)
            die("unit %u is not where it should be", (unsigned)unit);
        if (e && (unit < e->start || unit >= e->end || e->target >= c->n_units))
            die("unit %u has a wrong handler", (unsigned)unit);
    }
}

static void
look_at(PyCode *c, void *arg)
{
    Arena *a = arg;
    Err err;
    PyInstrs ins;
    ExcTable exc;
    int16_t *depths;
    const LineInfo *lines = linetab_read(a, c);
    for (uint32_t unit = 0; unit < c->n_units; unit += 7)
        if (linetab_line(c->linetable, c->linetable_len, c->firstlineno, unit) != lines[unit].line)
            die("two readers of the location table disagree at unit %u", (unsigned)unit);
    if (instrs_decode(a, c, &ins, &err) && instrs_stack_depths(a, c, &ins, &depths, &err) &&
        exctab_read(a, c, &exc, &err))
        check_sound(c, &ins, depths, &exc);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena *a = arena_new();
    Err err;
    PyObj *o = marshal_read_pyc(a, data, size, &err);
    if (o)
        pycode_walk(o->code, look_at, a);
    arena_free(a);
    return 0;
}

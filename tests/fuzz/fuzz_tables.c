/* Bare tables, as the profiler reads them from a running process: the first byte says how long the
 * code is, the rest is taken as a location table, as an exception table and as adaptive bytecode.
 */
#include "exctab.h"
#include "fuzz.h"
#include "instrs.h"
#include "linetab.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    Arena *a = arena_new();
    Err err;
    uint32_t n = (uint32_t)size - 1;
    PyCode c = {
        .ver = pyver_find(3, 11),
        .n_units = data[0] + 1u,
        .stacksize = 10,
        .firstlineno = 1,
        .qualname = "f",
        .linetable = data + 1,
        .linetable_len = n,
        .exctable = data + 1,
        .exctable_len = n,
    };
    const LineInfo *lines = linetab_read(a, &c);
    for (uint32_t unit = 0; unit < c.n_units; unit++)
        if (linetab_line(c.linetable, n, 1, unit) != lines[unit].line)
            die("two readers of the location table disagree at unit %u", (unsigned)unit);
    ExcTable exc;
    if (exctab_read(a, &c, &exc, &err))
        for (uint32_t unit = 0; unit < c.n_units; unit++)
            (void)exctab_find(&exc, unit);
    uint8_t *base = arena_alloc(a, n + 1);
    instrs_deopt(c.ver, data + 1, base, n / 2);
    arena_free(a);
    return 0;
}

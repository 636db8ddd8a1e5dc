/* Taking a unit out that does not pay.
 *
 * A unit is compiled for what the profile saw.  Where the program has moved on, its guards fail,
 * and each failure costs a deopt: some 50 ns, the work done so far, and the rest of the activation
 * in the interpreter, but for what loops take up again (rt_loop.c, which judges them by itself). So
 * failures without that, per entry, is the share of activations that gained nothing.  The profile
 * was taken on the same program, so a low share is normal and harmless; a unit that loses more than
 * a third of its activations after a fair trial is retired, alone:
 *
 *   - At once its body is replaced by one that hands everything to the interpreter, and compiled
 *     callers stop calling it directly (they compare PyoptEntry.direct, which becomes NULL).
 *   - Later the original units are put back, after which the code object is the interpreter's again
 *     and costs nothing.  Not while a frame stands in the stub: it would go on in the middle of
 *     other code.  So it is tried from a pending call, and again after some more declined calls.
 *
 * Under PYOPT_STRESS guards fail on purpose, and nothing is retired. */
#include "loader.h"
#include "rt_deopt.h"

enum {
    TRIAL = 200,       /* failures before judging */
    SHARE = 3,         /* one in three */
    RETRY_AFTER = 512, /* declined calls between attempts to restore */
};

static int
restore_retired(void *arg)
{
    (void)arg;
    loader.restore_pending = false;
    patch_undo_retired();
    return 0;
}

static void
restore_soon(void)
{
    if (!loader.restore_pending && Py_AddPendingCall(restore_retired, NULL) == 0)
        loader.restore_pending = true;
}

void
retire_count(PyoptEntry *e)
{
    if (!e || ++e->deopts % TRIAL || e->retired || pyrt_stress)
        return;
    if (e->deopts * SHARE < *e->entries)
        return;
    e->retired = true;
    e->direct = NULL;
    e->body = pyrt_decline;
    e->gen = NULL;
    loader.retired++;
    loader_log("%s:%d %s: retired after %llu deopts in %llu entries", e->unit->filename,
               e->unit->firstlineno, e->unit->qualname, (unsigned long long)e->deopts,
               (unsigned long long)*e->entries);
    restore_soon();
}

void
retire_declined(PyoptEntry *e)
{
    if (++e->declined % RETRY_AFTER == 0)
        restore_soon();
}

#include "exctab.h"

#include "vec.h"

/* An entry is four numbers: start, length, target, depth << 1 | lasti.  A number is 6-bit groups,
 * most significant first; bit 6 says that another group follows, bit 7 marks the first byte of an
 * entry. */
enum { GROUP = 0x3f, MORE = 0x40, ENTRY_START = 0x80 };

typedef struct Bytes {
    const uint8_t *at, *end;
} Bytes;

static bool
number(Bytes *b, bool first, uint32_t *out)
{
    uint32_t value = 0;
    for (bool more = true; more; first = false) {
        if (b->at == b->end || value >> 26 || !!(*b->at & ENTRY_START) != first)
            return false;
        value = value << 6 | (*b->at & GROUP);
        more = *b->at++ & MORE;
    }
    *out = value;
    return true;
}

bool
exctab_read(Arena *a, const PyCode *c, ExcTable *out, Err *err)
{
    Vec(ExcEntry) v = {0};
    Bytes b = {c->exctable, c->exctable + c->exctable_len};
    uint32_t last_end = 0;
    while (b.at < b.end) {
        uint32_t start, len, target, depth;
        if (!number(&b, true, &start) || !number(&b, false, &len) || !number(&b, false, &target) ||
            !number(&b, false, &depth))
            return err_set(err, ErrCorrupt, "%s: the exception table is damaged", c->qualname);
        if (start < last_end || !len || len > c->n_units || start > c->n_units - len ||
            target >= c->n_units || depth >> 1 > (uint32_t)c->stacksize)
            return err_set(err, ErrCorrupt, "%s: the exception table leads outside the code",
                           c->qualname);
        last_end = start + len;
        vec_push(a, &v,
                 (ExcEntry){
                     .start = start,
                     .end = last_end,
                     .target = target,
                     .depth = depth >> 1,
                     .lasti = depth & 1,
                 });
    }
    *out = (ExcTable){v.at, v.n};
    return true;
}

const ExcEntry *
exctab_find(const ExcTable *t, uint32_t unit)
{
    uint32_t lo = 0,
             hi = t->n; /* entries below lo end at or before unit, those from hi on after it */
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (t->at[mid].end <= unit)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < t->n && t->at[lo].start <= unit ? &t->at[lo] : NULL;
}

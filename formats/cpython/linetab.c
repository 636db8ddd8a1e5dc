#include "linetab.h"

/* The table is a sequence of entries.  The first byte is 0x80 | form << 3 | (units covered - 1);
 * what follows depends on the form, has bit 7 clear, and gives lines relative to the entry before
 * (the first: to firstlineno).
 *
 *   form    line moves by   ends on line   columns
 *   0-9     0               the same       one byte: start is form * 8 + bits 4-6,
 *                                          end is start + bits 0-3
 *   10-12   form - 10       the same       one byte each
 *   13      signed number   the same       none
 *   14      signed number   + number       number - 1 each
 *   15      0               no location at all
 *
 * A number is 6-bit groups, least significant first, bit 6 saying that another follows; a signed
 * one keeps its sign in its lowest bit. */
enum { FormOneLine = 10, FormNoColumns = 13, FormLong = 14, FormNone = 15 };

typedef struct Cursor {
    const uint8_t *at, *end;
    bool damaged;
    int64_t line; /* of the last entry that had one, or firstlineno */
} Cursor;

static unsigned
byte(Cursor *c)
{
    if (c->at == c->end || *c->at & 0x80) {
        c->damaged = true;
        return 0;
    }
    return *c->at++;
}

static uint32_t
number(Cursor *c)
{
    uint32_t value = 0;
    for (unsigned shift = 0;; shift += 6) {
        unsigned b = byte(c);
        if (shift > 24)
            c->damaged = true;
        if (c->damaged)
            return 0;
        value |= (b & 0x3f) << shift;
        if (!(b & 0x40))
            return value;
    }
}

static int32_t
signed_number(Cursor *c)
{
    uint32_t v = number(c);
    return v & 1 ? -(int32_t)(v >> 1) : (int32_t)(v >> 1);
}

/* Reads one entry: how many units it covers, 0 at the end of the table or of its sound part. */
static uint32_t
entry(Cursor *c, LineInfo *out)
{
    if (c->at == c->end || !(*c->at & 0x80))
        return 0;
    unsigned form = (*c->at >> 3) & 15, units = (*c->at & 7) + 1u;
    c->at++;
    *out = (LineInfo){-1, -1, -1, -1};
    if (form == FormNone)
        return units;
    int64_t span = 0;
    if (form == FormLong) {
        c->line += signed_number(c);
        span = number(c);
        out->col = (int)number(c) - 1;
        out->end_col = (int)number(c) - 1;
    } else if (form == FormNoColumns) {
        c->line += signed_number(c);
    } else if (form >= FormOneLine) {
        c->line += form - FormOneLine;
        out->col = (int)byte(c);
        out->end_col = (int)byte(c);
    } else {
        unsigned b = byte(c);
        out->col = (int)(form << 3 | b >> 4);
        out->end_col = out->col + (int)(b & 15);
    }
    if (c->damaged || c->line < 0 || c->line + span > INT32_MAX)
        return 0;
    out->line = (int)c->line;
    out->end_line = (int)(c->line + span);
    return units;
}

LineInfo *
linetab_read(Arena *a, const PyCode *code)
{
    LineInfo *infos = arena_array(a, LineInfo, code->n_units + 1);
    Cursor c = {code->linetable, code->linetable + code->linetable_len, false, code->firstlineno};
    uint32_t unit = 0;
    LineInfo info;
    for (uint32_t n; unit < code->n_units && (n = entry(&c, &info)) != 0;)
        for (; n && unit < code->n_units; n--)
            infos[unit++] = info;
    for (; unit < code->n_units; unit++)
        infos[unit] = (LineInfo){-1, -1, -1, -1};
    return infos;
}

int
linetab_line(const uint8_t *table, uint32_t len, int firstlineno, uint32_t unit)
{
    Cursor c = {table, table + len, false, firstlineno};
    LineInfo info;
    for (uint32_t n; (n = entry(&c, &info)) != 0; unit -= n)
        if (unit < n)
            return info.line;
    return -1;
}

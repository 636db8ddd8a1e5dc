/* pprof's profile.proto, written by hand: the format is small, and a protobuf compiler would be a
 * large thing to need.  Every field is a varint or a length and bytes; a submessage is built in a
 * buffer of its own, since its length comes first.  The file is gzipped, as pprof expects. */
#define _GNU_SOURCE
#include "export.h"

#include "map.h"

#include <string.h>
#include <time.h>
#include <zlib.h>

/* Field numbers of profile.proto. */
enum {
    ProfileSampleType = 1,
    ProfileSample = 2,
    ProfileLocation = 4,
    ProfileFunction = 5,
    ProfileStringTable = 6,
    ProfileTimeNanos = 9,
    ProfilePeriodType = 11,
    ProfilePeriod = 12,
    ValueTypeType = 1,
    ValueTypeUnit = 2,
    SampleLocationId = 1,
    SampleValue = 2,
    LocationId = 1,
    LocationLine = 4,
    LineFunctionId = 1,
    LineLine = 2,
    FunctionId = 1,
    FunctionName = 2,
    FunctionSystemName = 3,
    FunctionFilename = 4,
    FunctionStartLine = 5,
};
enum { WireVarint = 0, WireBytes = 2 };

typedef struct Proto {
    StrBuf b;    /* the profile */
    Map strings; /* address of a text to its number: texts are told apart by address only */
    uint64_t n_strings;
    StrBuf table;  /* the string table's fields */
    Map locations; /* function << 32 | line, to its id */
} Proto;

static void
put_varint(StrBuf *b, uint64_t v)
{
    for (; v >= 0x80; v >>= 7)
        sb_putc(b, (char)(v | 0x80));
    sb_putc(b, (char)v);
}

static void
put_number(StrBuf *b, int field, uint64_t v)
{
    put_varint(b, (uint64_t)field << 3 | WireVarint);
    put_varint(b, v);
}

static void
put_bytes(StrBuf *b, int field, const void *p, size_t n)
{
    put_varint(b, (uint64_t)field << 3 | WireBytes);
    put_varint(b, n);
    sb_write(b, p, n);
}

static uint64_t
string(Proto *p, const char *s)
{
    uint64_t *known = map_at(&p->strings, (uint64_t)(uintptr_t)s);
    if (!*known) {
        put_bytes(&p->table, ProfileStringTable, s, strlen(s));
        *known = p->n_strings++;
    }
    return *known;
}

static void
put_value_type(Proto *p, int field, const char *type, const char *unit)
{
    StrBuf m;
    sb_init(&m, p->b.arena);
    put_number(&m, ValueTypeType, string(p, type));
    put_number(&m, ValueTypeUnit, string(p, unit));
    put_bytes(&p->b, field, m.s, m.n);
}

static void
put_function(Proto *p, const ProfFunc *f, uint32_t index)
{
    StrBuf m;
    sb_init(&m, p->b.arena);
    const char *name = calltree_function(p->b.arena, f);
    put_number(&m, FunctionId, index + 1);
    put_number(&m, FunctionName, string(p, name));
    put_number(&m, FunctionSystemName, string(p, name));
    put_number(&m, FunctionFilename, string(p, f->filename));
    put_number(&m, FunctionStartLine, (uint64_t)f->firstlineno);
    put_bytes(&p->b, ProfileFunction, m.s, m.n);
}

static uint64_t
location(Proto *p, const CallNode *n)
{
    uint64_t *known = map_at(&p->locations, (uint64_t)n->func << 32 | (uint32_t)n->line);
    if (*known)
        return *known;
    uint64_t id = *known = p->locations.n;
    StrBuf line, m;
    sb_init(&line, p->b.arena);
    sb_init(&m, p->b.arena);
    put_number(&line, LineFunctionId, n->func + 1);
    put_number(&line, LineLine, (uint64_t)n->line);
    put_number(&m, LocationId, id);
    put_bytes(&m, LocationLine, line.s, line.n);
    put_bytes(&p->b, ProfileLocation, m.s, m.n);
    return id;
}

static void
put_sample(Proto *p, const CallTree *t, uint32_t node, double period_ns)
{
    StrBuf m, ids, values;
    sb_init(&m, p->b.arena);
    sb_init(&ids, p->b.arena);
    sb_init(&values, p->b.arena);
    uint64_t self = t->nodes.at[node].self;
    for (uint32_t n = node; n; n = t->nodes.at[n].parent) /* the leaf first */
        put_varint(&ids, location(p, &t->nodes.at[n]));
    put_varint(&values, self);
    put_varint(&values, (uint64_t)((double)self * period_ns));
    put_bytes(&m, SampleLocationId, ids.s, ids.n);
    put_bytes(&m, SampleValue, values.s, values.n);
    put_bytes(&p->b, ProfileSample, m.s, m.n);
}

static uint64_t
nanoseconds_of(const char *iso)
{
    struct tm tm = {0};
    return strptime(iso, "%Y-%m-%dT%H:%M:%S", &tm) ? (uint64_t)timegm(&tm) * 1000000000 : 0;
}

static void
put_gzipped(StrBuf *out, const StrBuf *in)
{
    enum { WINDOW = 15, GZIP = 16, MEMORY = 8 };
    z_stream z = {0};
    if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, WINDOW + GZIP, MEMORY,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        die("zlib does not start");
    uLong room = deflateBound(&z, in->n);
    Bytef *to = arena_alloc(out->arena, room);
    z.next_in = (Bytef *)in->s;
    z.avail_in = (uInt)in->n;
    z.next_out = to;
    z.avail_out = (uInt)room;
    if (deflate(&z, Z_FINISH) != Z_STREAM_END)
        die("zlib wrote more than it said");
    sb_write(out, to, z.total_out);
    deflateEnd(&z);
}

void
export_pprof(StrBuf *out, const CallTree *t, const char *title UNUSED)
{
    Proto p = {0};
    double period_ns = t->period > 0 ? 1e9 * t->period : 1;
    int depth = 0;
    sb_init(&p.b, out->arena);
    sb_init(&p.table, out->arena);
    map_init(&p.strings, out->arena);
    map_init(&p.locations, out->arena);
    put_bytes(&p.table, ProfileStringTable, "", 0); /* number 0 is the empty string */
    p.n_strings = 1;
    put_value_type(&p, ProfileSampleType, "samples", "count");
    put_value_type(&p, ProfileSampleType, "cpu", "nanoseconds");
    for (uint32_t i = 0; i < t->profile->funcs.n; i++)
        put_function(&p, &t->profile->funcs.at[i], i);
    for (uint32_t n = 0; (n = calltree_next(t, n, &depth));)
        if (t->nodes.at[n].self)
            put_sample(&p, t, n, period_ns);
    put_number(&p.b, ProfileTimeNanos, nanoseconds_of(t->started));
    put_value_type(&p, ProfilePeriodType, "cpu", "nanoseconds");
    put_number(&p.b, ProfilePeriod, (uint64_t)period_ns);
    sb_write(&p.b, p.table.s, p.table.n);
    put_gzipped(out, &p.b);
}

#include "report_json.h"

#include "facts.h"
#include "linetab.h"

/* Members and elements are written with the comma before them. */
typedef struct Json {
    StrBuf b;
    const ProfFunc *f;
    LineInfo *info; /* NULL without code */
    Facts x;
} Json;

static void
text(Json *j, const char *name, const char *value)
{
    sb_printf(&j->b, ", \"%s\": ", name);
    if (value)
        sb_json(&j->b, value);
    else
        sb_puts(&j->b, "null");
}

static void
number(Json *j, const char *name, uint64_t value)
{
    sb_printf(&j->b, ", \"%s\": %llu", name, (unsigned long long)value);
}

/* {"unit": 12, "line": 34 */
static void
open_place(Json *j, uint32_t i, uint32_t unit)
{
    sb_printf(&j->b, "%s{\"unit\": %u", i ? ", " : "", (unsigned)unit);
    if (j->info && unit < j->f->code->n_units)
        sb_printf(&j->b, ", \"line\": %d", j->info[unit].line);
}

static void
put_units(Json *j)
{
    uint32_t n = 0;
    sb_puts(&j->b, ", \"units\": [");
    for (uint32_t u = 0; j->f->at && u < j->f->code->n_units; u++) {
        if (!j->f->at[u])
            continue;
        open_place(j, n++, u);
        number(j, "self", j->f->at[u]);
        sb_putc(&j->b, '}');
    }
    sb_putc(&j->b, ']');
}

static void
put_site(Json *j, uint32_t i, const ProfSite *s)
{
    open_place(j, i, s->off);
    if (s->slot < ProfSlotLocal) {
        number(j, "operand", s->slot);
    } else {
        uint32_t local = s->slot - ProfSlotLocal;
        number(j, "local", local);
        if (j->f->code && local < j->f->code->n_localsplus)
            text(j, "name", j->f->code->localsplusnames[local]->s);
    }
    sb_puts(&j->b, ", \"types\": [");
    for (uint32_t k = 0; k < s->types.n; k++) {
        sb_printf(&j->b, "%s{\"count\": %llu", k ? ", " : "",
                  (unsigned long long)s->types.at[k].count);
        text(j, "type", s->types.at[k].name);
        sb_putc(&j->b, '}');
    }
    sb_puts(&j->b, "]}");
}

static void
put_callee(Json *j, uint32_t i, const ProfCallee *c)
{
    open_place(j, i, c->off);
    text(j, "name", c->name);
    if (c->key.hi | c->key.lo) {
        char hex[CODEKEY_HEX];
        codekey_hex(c->key, hex);
        text(j, "key", hex);
    }
    number(j, "count", c->count);
    sb_putc(&j->b, '}');
}

static void
put_branch(Json *j, uint32_t i, const ProfBranch *b)
{
    open_place(j, i, b->off);
    sb_printf(&j->b, ", \"taken\": %.4f, \"low\": %.4f, \"high\": %.4f, \"weight\": %.1f}",
              b->p_taken, b->lo, b->hi, b->weight);
}

static void
put_raised(Json *j, uint32_t i, const ProfBranch *b)
{
    bool known = j->x.ins.at != NULL;
    PyOp op = known ? j->x.ins.at[j->x.ins.index_of[b->off]].op : PyOp_PUSH_EXC_INFO;
    sb_printf(&j->b, "%s{\"unit\": %u", i ? ", " : "", (unsigned)b->off);
    if (known)
        sb_printf(&j->b, ", \"line\": %d", facts_line_of(&j->x, j->x.ins.index_of[b->off]));
    text(j, "kind", op == PyOp_RAISE_VARARGS ? "raise" : "handler");
    sb_printf(&j->b, ", \"part\": %.4f, \"low\": %.4f, \"high\": %.4f, \"weight\": %.1f}",
              b->p_taken, b->lo, b->hi, b->weight);
}

static void
put_quick(Json *j, uint32_t i, const ProfQuick *q)
{
    open_place(j, i, q->off);
    text(j, "opcode", q->opname);
    number(j, "seen", q->seen);
    number(j, "misses", q->misses);
    sb_putc(&j->b, '}');
}

#define PUT_LIST(j, name, member, put)                                                             \
    do {                                                                                           \
        sb_puts(&(j)->b, ", \"" name "\": [");                                                     \
        for (uint32_t i = 0; i < (j)->f->member.n; i++)                                            \
            put((j), i, &(j)->f->member.at[i]);                                                    \
        sb_putc(&(j)->b, ']');                                                                     \
    } while (0)

static void
put_function(Json *j)
{
    const ProfFunc *f = j->f;
    char hex[CODEKEY_HEX];
    codekey_hex(f->key, hex);
    sb_printf(&j->b, "{\"self\": %llu", (unsigned long long)f->self);
    number(j, "total", f->total);
    text(j, "name", f->qualname);
    text(j, "module", f->module);
    text(j, "file", f->filename);
    sb_printf(&j->b, ", \"line\": %d", f->firstlineno);
    text(j, "key", hex);
    text(j, "kind", profile_kind(f));
    put_units(j);
    PUT_LIST(j, "sites", sites, put_site);
    PUT_LIST(j, "callees", callees, put_callee);
    PUT_LIST(j, "branches", branches, put_branch);
    PUT_LIST(j, "raised", raised, put_raised);
    PUT_LIST(j, "caches", quick, put_quick);
    sb_putc(&j->b, '}');
}

/* Functions are written one by one, so memory stays small. */
void
report_json(FILE *out, const Profile *p)
{
    Arena *a = arena_new();
    Json j = {0};
    sb_init(&j.b, a);
    sb_printf(&j.b, "{\"schema\": 1, \"samples\": %llu, \"native\": %llu, \"seconds\": %.3f",
              (unsigned long long)p->samples, (unsigned long long)p->native, p->seconds);
    text(&j, "python", p->python);
    text(&j, "version", p->version);
    text(&j, "soabi", p->soabi);
    fprintf(out, "%s, \"functions\": [", j.b.s);
    arena_free(a);
    for (uint32_t i = 0; i < p->funcs.n; i++) {
        a = arena_new();
        j = (Json){.f = &p->funcs.at[i]};
        sb_init(&j.b, a);
        j.info = j.f->code ? linetab_read(a, j.f->code) : NULL;
        facts_open(a, j.f, &j.x);
        put_function(&j);
        fprintf(out, "%s\n%s", i ? "," : "", j.b.s);
        arena_free(a);
    }
    fputs("]}\n", out);
}

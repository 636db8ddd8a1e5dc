/* What needs no reference of its own.
 *
 * A value loaded from memory is kept by that memory until something changes it.  The plain case is
 * R4 of opt_refcount.c: nothing happens between the load and the last use.
 *
 * Unpacking is the other.  `for (a, b), c in pairs` takes tuples apart that nobody wants whole, and
 * the interpreter counts every part up and every tuple down.  Here the parts stay borrowed from
 * their container, whose own reference is given up only behind the last part's use (its keeper).
 * The container then dies later than it would, which nobody may notice:
 *
 *   - its end is that of an exact tuple or list all of whose items were taken out: they are
 * scalars, or in a home by then, or containers of the same kind;
 *   - no call, no turn at the eval breaker and no release but that of a home's old object comes in
 *     between, and no home is written twice, so that none loses an item that the container still
 *     holds;
 *   - parts of a list, which can change, are used before anything could change it.
 *
 * A part stops to depend on the container where a home takes it over. */
#include "borrow.h"

#include "cfg.h"

static bool
is_part(const Instr *i)
{
    return i->op == OpTupleItemAt || i->op == OpListItemAt;
}

/* ---- proofs ---- */

/* The object that i, having succeeded, shows to be a scalar, or NULL. */
static Instr *
shown_scalar(Instr *i)
{
    bool unbox =
        i->op == OpUnboxInt || i->op == OpUnboxFloat || i->op == OpUnboxBool || i->op == OpToFloat;
    if (!unbox && !(i->op == OpGuardType && ty_scalar((Ty)i->type)))
        return NULL;
    return walk_counted(i->args[0]);
}

bool
borrow_scalar(const Walk *w, const Instr *v, const Instr *i)
{
    if (ty_scalar((Ty)v->type))
        return true;
    const Instr *proof = v->id < w->n_known ? w->proof[v->id] : NULL;
    if (!proof || i->id >= w->n_known)
        return false;
    return proof->block == i->block ? w->pos[proof->id] <= w->pos[i->id]
                                    : cfg_dominates(proof->block, i->block);
}

/* ---- disturbances ---- */

static bool
leaves_block(const Walk *w, const Block *b, const Instr *v)
{
    for (uint32_t s = 0; s < b->n_succ; s++) {
        if (walk_has(w->live_in[b->succ[s]->rpo], v))
            return true;
        for (Instr *phi = b->succ[s]->first; phi && phi->op == OpPhi; phi = phi->next)
            if (walk_counted(phi->args[ir_pred_index(b->succ[s], b)]) == v)
                return true;
    }
    return false;
}

/* Is i, in its block, the last that needs v? */
static bool
dies_at(Walk *w, Instr *v, Instr *i)
{
    for (Instr *later = i->next; later; later = later->next)
        if (walk_uses(w, later, v))
            return false;
    return !leaves_block(w, i->block, v);
}

/* Does v's temporary own a reference here, or may it by the time it is used?  What exists already
 * is known; of what is made later, loads from memory own none unless something disturbs them, which
 * then disturbs their neighbours too. */
static bool
may_own(const Walk *w, const Instr *v)
{
    return walk_has(w->owned, v) || (ir_ref(v) != 'm' && !ir_is_param(v));
}

typedef struct Releases {
    Instr *i;
    bool any;
} Releases;

static void
find_release(Walk *w, Instr *v, void *arg)
{
    Releases *r = arg;
    if (!r->any && v != r->i && may_own(w, v) && !borrow_scalar(w, v, r->i))
        r->any = dies_at(w, v, r->i);
}

/* Can an object other than a scalar die behind i, because i, or its exit, or what either borrows
 * from it, was the last to need it? */
static bool
releases(Walk *w, Instr *i)
{
    Releases r = {i, false};
    walk_each_use(w, i, find_release, &r);
    return r.any;
}

/* Can running i, but for what dies behind it, change memory or release an object? */
static bool
changes(const Instr *i)
{
    char e = ir_effect(i);
    return e == 'P' || e == 'W' || (e == 'L' && !homes_lets_go_unseen(i));
}

bool
borrow_stays(Walk *w, Instr *v)
{
    /* The container may go with its last use, this load. */
    if (releases(w, v) || leaves_block(w, v->block, v))
        return false;
    Instr *last = v;
    for (Instr *i = v->next; i; i = i->next)
        if (walk_uses(w, i, v))
            last = i;
    for (Instr *i = v->next; i && last != v; i = i->next) {
        /* This one reads all it needs before it lets go of anything. */
        bool last_of_inlined = i == last && i->op == OpLeaveInline;
        if (!last_of_inlined && (changes(i) || releases(w, i)))
            return false;
        if (i == last)
            break;
    }
    return true;
}

/* ---- keepers ---- */

Instr *
borrow_keeper(const Walk *w, const Instr *v, const Instr *i)
{
    if (v->id >= w->n_known || i->id >= w->n_known || !w->keeper[v->id])
        return NULL;
    bool while_it_runs = v->block == i->block && w->pos[i->id] <= w->until[v->id];
    return while_it_runs ? w->keeper[v->id] : NULL;
}

/* The items of container that are taken out at `first` and behind it, in one go; false: not all.
 * They stand last to first. */
static bool
all_parts(const Instr *container, Instr *first, Instr **parts)
{
    uint32_t n = 0;
    for (Instr *i = first; i && n < (uint32_t)first->imm2; i = i->next) {
        if (i->op == OpIncref)
            continue;
        if (!is_part(i) || walk_counted(i->args[0]) != container)
            return false;
        parts[n++] = i;
    }
    if (n != (uint32_t)first->imm2)
        return false;
    for (uint32_t k = 0; k < n; k++)
        if (parts[k]->imm != n - 1 - k)
            return false;
    return true;
}

/* The last instruction for which v needs its container: the one that gives it a home, or its last
 * use.  NULL: v is wanted longer than this block. */
static Instr *
last_dependent(Walk *w, Instr *v)
{
    Instr *last = v;
    for (Instr *i = v->next; i; i = i->next) {
        if (walk_uses(w, i, v))
            last = i;
        if (i->op == OpSetLocal && walk_counted(i->args[0]) == v)
            return i;
    }
    return leaves_block(w, v->block, v) ? NULL : last;
}

/* May i stand between the load of a part and the end of its container? */
static bool
may_stand_between(const Instr *i)
{
    char e = ir_effect(i);
    if (e != 'P' && e != 'L')
        return !ir_is_terminator(i);
    return i->op == OpSetLocal || i->op == OpClearLocal;
}

/* STORE_FAST of a number is a ClearLocal and a SetLocal. */
static bool
writes_home(const Instr *i)
{
    bool half = i->op == OpClearLocal && i->next->op == OpSetLocal && i->next->imm == i->imm;
    return (i->op == OpSetLocal || i->op == OpClearLocal || i->op == OpBoxLocal ||
            i->op == OpPublish) &&
           !half;
}

/* From first to last: nothing but what may stand between, and no home is written twice. */
static bool
is_calm(Walk *w, const Instr *first, const Instr *last)
{
    bool *written = arena_array(w->a, bool, w->f->n_slots + 1);
    for (const Instr *i = first;; i = i->next) {
        if (!may_stand_between(i) || (writes_home(i) && written[i->imm]))
            return false;
        if (writes_home(i))
            written[i->imm] = true;
        if (i == last)
            return true;
    }
}

/* From v to `last`, the list that v comes from is as it was. */
static bool
list_is_steady(const Instr *v, const Instr *last)
{
    for (const Instr *i = v; i != last; i = i->next)
        if (changes(i))
            return false;
    return !changes(last);
}

static Instr *
first_part(const Instr *container, Instr *from)
{
    for (Instr *i = from; i; i = i->prev)
        if (is_part(i) && i->imm == i->imm2 - 1 && walk_counted(i->args[0]) == container)
            return i;
    return NULL;
}

/* May the part's end, if it comes, come with its container's at `end`?  A home has it by then, or
 * nobody can see it end. */
static bool
may_wait(Walk *w, Instr *part, Instr *last, Instr *end)
{
    Instr *first = first_part(part, end);
    Instr **parts = arena_array(w->a, Instr *, first ? (uint32_t)first->imm2 + 1 : 1);
    return last->op == OpSetLocal || borrow_scalar(w, part, end) ||
           (first && all_parts(part, first, parts));
}

/* Where the part stops to need its container; NULL: it has to own itself. */
static Instr *
kept_until(Walk *w, Instr *part)
{
    Instr *last = walk_counted(part) == part ? last_dependent(w, part) : NULL;
    if (!last || part->op == OpTupleItemAt)
        return last;
    const Instr *before = last->op == OpSetLocal ? last->prev : last; /* which takes it first */
    return list_is_steady(part, before) ? last : NULL;
}

static bool
keep_parts(Walk *w, Instr *container, Instr *first)
{
    uint32_t n = (uint32_t)first->imm2;
    Instr **parts = arena_array(w->a, Instr *, n + 1), *end = first;
    Instr **last = arena_array(w->a, Instr *, n + 1);
    if (!all_parts(container, first, parts))
        return false;
    for (uint32_t k = 0; k < n; k++) {
        last[k] = kept_until(w, parts[k]);
        if (last[k] && w->pos[last[k]->id] > w->pos[end->id])
            end = last[k];
    }
    for (uint32_t k = 0; k < n; k++)
        if (last[k] && !may_wait(w, parts[k], last[k], end))
            return false;
    if (!is_calm(w, first, end))
        return false;
    for (uint32_t k = 0; k < n; k++)
        if (last[k]) {
            w->keeper[parts[k]->id] = container;
            w->until[parts[k]->id] = w->pos[last[k]->id];
        }
    return true;
}

/* Backwards, so that a container knows how long its parts need it. */
static bool
find_keepers(Walk *w, Block *b)
{
    bool any = false;
    for (Instr *i = b->last; i; i = i->prev) {
        Instr *container = is_part(i) ? walk_counted(i->args[0]) : NULL;
        if (container && i->imm2 && i->imm == i->imm2 - 1)
            any |= keep_parts(w, container, i);
    }
    return any;
}

bool
borrow_init(Walk *w)
{
    w->n_known = w->f->n_instrs;
    w->pos = arena_array(w->a, uint32_t, w->n_known);
    w->until = arena_array(w->a, uint32_t, w->n_known);
    w->proof = arena_array(w->a, Instr *, w->n_known);
    w->keeper = arena_array(w->a, Instr *, w->n_known);
    FOR_EACH_BLOCK (w->f, b) {
        uint32_t n = 0;
        FOR_EACH_INSTR (b, i) {
            w->pos[i->id] = ++n;
            Instr *v = shown_scalar(i);
            if (v && !w->proof[v->id])
                w->proof[v->id] = i;
        }
    }
    bool any = false;
    FOR_EACH_BLOCK (w->f, b)
        any |= find_keepers(w, b);
    return any;
}

/* ---- ends ---- */

bool
borrow_ends_quietly(Walk *w, const Instr *container, Instr *i)
{
    Instr *first = i->id < w->n_known ? first_part(container, i) : NULL;
    Instr **parts = arena_array(w->a, Instr *, first ? (uint32_t)first->imm2 + 1 : 1);
    if (!first || !all_parts(container, first, parts) ||
        (first->op == OpListItemAt && !list_is_steady(first, i)))
        return false;
    for (int32_t k = 0; k < first->imm2; k++) {
        Instr *v = parts[k];
        bool kept = borrow_scalar(w, v, i) || walk_has(w->owned, v) ||
                    walk_anchored(w, w->homes, v) ||
                    (borrow_keeper(w, v, v) == container && borrow_ends_quietly(w, v, i));
        if (!kept)
            return false;
    }
    return true;
}

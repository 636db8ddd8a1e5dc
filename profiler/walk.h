/* The walker: from a thread state to one sample's record, by the offsets in RingPython.  It is one
 * text for two readers: the agent, which looks at its own thread's memory from a signal handler,
 * and the recorder, which looks at another process from outside (remote.c).  Whoever includes it
 * defines before
 *
 *   WalkReader                      what reading needs to keep during one sample
 *   static bool walk_readable(WalkReader *r, uint64_t address, uint32_t n)
 *   static uint64_t walk_load64(WalkReader *r, uint64_t address)       of what is readable
 *
 * Wherever it is stopped or looked at, the interpreter may be between any two machine instructions,
 * so whatever is found may be half made: `current_frame` is garbage for a moment in every entry of
 * the eval loop, stack slots above the true depth are left-overs, and an operand may have been
 * freed while its instruction finishes.  Every page is asked for before it is read, but for the
 * part of the data stack that the thread state says is in use.  Who knows the code decides later
 * which of the values read mean anything.
 *
 * No allocation, no lock, no reference count. */
#ifndef PYOPT_WALK_H
#define PYOPT_WALK_H

#include "ring.h"

#include <stdbool.h>
#include <string.h>

enum {
    WALK_MIN_ADDRESS = 4096,
    WALK_SPECIALS = 80,     /* bytes of a frame before its values, in every version we know */
    WALK_OBJECT_BYTES = 24, /* of an object: count, type, and the third word */
    WALK_THIRD_WORD = 16,
    WALK_DIGITS = 8, /* of an int: behind the number of its digits, 4 bytes each */
    WALK_DIGIT_BITS = 30,
    WALK_MAX_VALUES = 256, /* locals: their index is a byte */
};
#define WALK_MAX_ADDRESS (1ull << 47)
#define WALK_MAX_REFCNT  (1ll << 32) /* above: a free list's link, not a count */

typedef struct Walk {
    const RingPython *py;
    const uint64_t *symbols;
    uint64_t base, top; /* the data stack's part in use, or 0 */
    bool moving;        /* the innermost frame's operands change while they are read: left out */
    WalkReader reader;
    uint32_t n; /* words so far */
    RingHead head;
    uint64_t w[RING_MAX_WALK];
} Walk;

static bool
plausible(uint64_t a)
{
    return a >= WALK_MIN_ADDRESS && a < WALK_MAX_ADDRESS && !(a & 7);
}

static bool
readable(Walk *s, uint64_t a, uint32_t n)
{
    if (!plausible(a))
        return false;
    return (a >= s->base && a + n <= s->top) || walk_readable(&s->reader, a, n);
}

static uint64_t
load64(Walk *s, uint64_t address)
{
    return walk_load64(&s->reader, address);
}

/* Fields of 4 and 1 bytes, within the 8 that can be read where they are: none is at the end of its
 * object. */
static int32_t
load32(Walk *s, uint64_t address)
{
    return (int32_t)load64(s, address);
}

static bool
code_unit(const RingPython *py, uint64_t code, uint64_t prev_instr, int64_t *unit)
{
    int64_t bytes = (int64_t)(prev_instr - code) - py->code_adaptive;
    *unit = bytes / 2;
    return plausible(code) && !(code & 15) && !(bytes & 1) && *unit >= -1 && *unit <= RING_MAX_UNIT;
}

/* The stack, leaf first, as frame words. */
static void
add_frames(Walk *s, uint64_t frame)
{
    const RingPython *py = s->py;
    while (frame && readable(s, frame, WALK_SPECIALS)) {
        uint64_t code = load64(s, frame + (uint64_t)py->frame_code);
        int64_t unit;
        if (!code_unit(py, code, load64(s, frame + (uint64_t)py->frame_prev_instr), &unit))
            return;
        if (s->head.n_frames == RING_MAX_FRAMES) {
            s->head.flags |= RingCutOff;
            return;
        }
        uint64_t entry = load64(s, frame + (uint64_t)py->frame_is_entry) & 1;
        s->w[s->n++] = code >> 4 | entry << RING_PTR_BITS | (uint64_t)(unit + 1) << 44;
        s->head.n_frames++;
        frame = load64(s, frame + (uint64_t)py->frame_previous);
    }
}

/* What bool() of it gives, as far as its first words tell.  The third is the length of a list,
 * tuple, bytes or str, the number of digits of an int, of items of a dict, and the value of a
 * float. */
static uint64_t
truth(Walk *s, uint64_t object, uint64_t type)
{
    static const RingSymbol by_third_word[] = {
        RingSym_PyLong_Type,  RingSym_PyUnicode_Type, RingSym_PyList_Type, RingSym_PyTuple_Type,
        RingSym_PyFloat_Type, RingSym_PyDict_Type,    RingSym_PyBytes_Type};
    if (object == s->symbols[RingSym__Py_TrueStruct])
        return RingValueTrue;
    if (object == s->symbols[RingSym__Py_FalseStruct] ||
        object == s->symbols[RingSym__Py_NoneStruct])
        return RingValueFalse;
    for (size_t i = 0; i < sizeof by_third_word / sizeof by_third_word[0]; i++) {
        if (type != s->symbols[by_third_word[i]])
            continue;
        bool is_float = by_third_word[i] == RingSym_PyFloat_Type; /* drop the sign of zero */
        return load64(s, object + WALK_THIRD_WORD) << is_float ? RingValueTrue : RingValueFalse;
    }
    return 0;
}

/* Does an int need more than 64 bits? */
static bool
is_big(Walk *s, uint64_t object)
{
    uint64_t size = object + (uint64_t)s->py->varobject_size, third = size + WALK_DIGITS + 2 * 4;
    int64_t digits = (int64_t)load64(s, size);
    digits = digits < 0 ? -digits : digits;
    if (digits != 3)
        return digits > 3;
    return !readable(s, third & ~7ull, 8) || load32(s, third) >> (63 - 2 * WALK_DIGIT_BITS);
}

/* The word of one object, without its index. */
static uint64_t
value_word(Walk *s, uint64_t object)
{
    const RingPython *py = s->py;
    if (!readable(s, object, WALK_OBJECT_BYTES))
        return (uint64_t)RingValueDead << 48;
    int64_t refcnt = (int64_t)load64(s, object + (uint64_t)py->object_refcnt);
    uint64_t type = load64(s, object + (uint64_t)py->object_type);
    if (refcnt <= 0 || refcnt > WALK_MAX_REFCNT || !plausible(type) || (type & 15))
        return (uint64_t)RingValueDead << 48;
    uint64_t flags = truth(s, object, type);
    if (type == s->symbols[RingSym_PyLong_Type])
        flags |= is_big(s, object) ? RingValueBig : 0;
    return type >> 4 | flags << 48;
}

/* Where in a callable to find out what it calls; -1 when it is not one. */
static int32_t
aux_offset(Walk *s, uint64_t type)
{
    const RingPython *py = s->py;
    if (type == s->symbols[RingSym_PyFunction_Type])
        return py->func_code;
    if (type == s->symbols[RingSym_PyCFunction_Type])
        return py->cfunction_def;
    if (type == s->symbols[RingSym_PyMethodDescr_Type])
        return py->methoddescr_def;
    if (type == s->symbols[RingSym_PyMethod_Type])
        return py->method_func;
    return type == s->symbols[RingSym_PyType_Type] ? py->object_type : -1;
}

typedef struct Aux {
    uint64_t object, detail;
    uint32_t height;
} Aux;

static void
add_locals(Walk *s, uint64_t at, uint32_t n, RingBlock *block)
{
    for (uint32_t i = 0; i < n && block->n_locals < RING_MAX_LOCALS; i++) {
        uint64_t object = load64(s, at + 8 * i);
        if (!object)
            continue;
        s->w[s->n++] = value_word(s, object) | (uint64_t)i << 56;
        block->n_locals++;
    }
}

/* What may be the operand stack, then its callables. */
static void
add_stack(Walk *s, uint64_t at, uint32_t n, RingBlock *block)
{
    Aux aux[RING_MAX_AUX];
    for (uint32_t i = 0; i < n && i < RING_MAX_STACK; i++) {
        uint64_t object = load64(s, at + 8 * i), word = (uint64_t)RingValueNull << 48;
        if (object && !plausible(object))
            break; /* nothing the interpreter put here is above this */
        if (object)
            word = value_word(s, object);
        s->w[s->n++] = word | (uint64_t)i << 56;
        block->n_stack++;
        int32_t offset = RING_PTR(word) ? aux_offset(s, RING_PTR(word)) : -1;
        uint64_t detail = object + (uint64_t)offset;
        if (offset >= 0 && block->n_aux < RING_MAX_AUX && readable(s, detail, 8))
            aux[block->n_aux++] = (Aux){object, load64(s, detail), i};
    }
    for (uint32_t i = 0; i < block->n_aux; i++) {
        s->w[s->n++] = aux[i].object | (uint64_t)aux[i].height << 48;
        s->w[s->n++] = aux[i].detail;
    }
}

static bool
is_code(Walk *s, uint64_t code)
{
    return readable(s, code, (uint32_t)s->py->code_adaptive) &&
           load64(s, code + (uint64_t)s->py->object_type) == s->symbols[RingSym_PyCode_Type];
}

/* Types of a frame's values, as one block. */
static bool
add_values(Walk *s, uint64_t frame, uint64_t code)
{
    const RingPython *py = s->py;
    RingBlock block = {0};
    if (!is_code(s, code))
        return false;
    uint32_t locals = (uint32_t)load32(s, code + (uint64_t)py->code_nlocalsplus);
    uint32_t stack = (uint32_t)load32(s, code + (uint64_t)py->code_stacksize);
    uint64_t at = frame + (uint64_t)py->frame_localsplus;
    uint32_t place = s->n++;
    stack = stack < RING_MAX_STACK ? stack : RING_MAX_STACK;
    if (locals <= WALK_MAX_VALUES && readable(s, at, 8 * (locals + stack))) {
        add_locals(s, at, locals, &block);
        if (!s->moving || s->head.n_blocks)
            add_stack(s, at + 8 * locals, stack, &block);
    }
    memcpy(&s->w[place], &block, sizeof block);
    s->head.n_blocks++;
    return true;
}

/* Empties the record. */
static void
walk_begin(Walk *s, const RingPython *py, const uint64_t *symbols)
{
    s->py = py; /* the words stay uninitialised until they are written */
    s->symbols = symbols;
    s->base = s->top = 0;
    s->moving = false;
    s->n = RING_HEAD_WORDS;
    memset(&s->head, 0, sizeof s->head);
}

/* The frames from this one on, and what tells whose the leaf is; false when it cannot be read. */
static bool
walk_frames(Walk *s, uint64_t frame)
{
    const RingPython *py = s->py;
    add_frames(s, frame);
    if (!s->head.n_frames)
        return false;
    uint64_t code = RING_PTR(s->w[RING_HEAD_WORDS]);
    if (!is_code(s, code))
        return false;
    s->w[2] = (uint64_t)(uint32_t)load32(s, code + (uint64_t)py->code_firstlineno) << 32 |
              (uint32_t)load32(s, code + (uint64_t)py->code_size);
    s->w[3] = load64(s, frame + (uint64_t)py->frame_globals);
    return true;
}

/* The values of the innermost frames, this one the first of them. */
static void
walk_values(Walk *s, uint64_t frame)
{
    for (uint32_t i = 0; i < s->head.n_frames && i < RING_VALUE_FRAMES; i++) {
        if (!add_values(s, frame, RING_PTR(s->w[RING_HEAD_WORDS + i])))
            break;
        frame = load64(s, frame + (uint64_t)s->py->frame_previous);
    }
}

/* The head goes first, once all is known: so many more words will follow. */
static void
walk_end(Walk *s, uint32_t more)
{
    s->head.n_words = (uint16_t)(s->n + more);
    memcpy(&s->w[0], &s->head, sizeof s->head);
}

#endif

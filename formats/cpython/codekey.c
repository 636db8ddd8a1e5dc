/* The code key: the order of calls.
 *
 * codekey_of() below walks a PyCode; loader/match.c walks a live code object.  The two must make
 * the same calls, byte for byte, or no unit ever matches; whoever changes one changes the other.
 * The key of a code object, CODE(c), is
 *
 *   codehash_begin
 *   tag 'C'   u64 argcount   u64 posonlyargcount   u64 kwonlyargcount   u64 stacksize   u64 flags
 *   STR(name)   STR(qualname)
 *   tag 'B'   bytes(base bytecode: 2 * n_units bytes, specialised opcodes mapped back,
 *                   caches zero)
 *   tag 'E'   bytes(exception table)
 *   tag 'N'   u64 number of names         STR(each)
 *   tag 'L'   u64 number of localsplus    STR(each)    bytes(localspluskinds)
 *   tag 'K'   u64 number of consts        VALUE(each)
 *   codehash_end
 *
 * Counts and flags are the C ints, zero-extended.  A live code object's bytes are those of co_code
 * (PyCode_GetCode), not of co_code_adaptive.  STR(s) is
 *
 *   tag 's'   bytes(s in UTF-8, lone surrogates encoded as three bytes like any other character)
 *
 * and VALUE(o) depends on the exact type:
 *
 *   None        tag 'N'
 *   True        tag 'T'
 *   False       tag 'F'
 *   Ellipsis    tag '.'
 *   StopIteration (the class)   tag 'S'
 *   int         if it fits int64: tag 'i'   u64(value)
 *               otherwise:        tag 'l'   u64(1 if negative else 0)   bytes(magnitude)
 *               The magnitude is 15-bit digits in little-endian uint16_t, least significant
 *               first, the top one not zero.  A live int has 30-bit digits: each gives two of
 *               ours, the top one only one where its upper half is zero.
 *   float       tag 'g'   u64(bits)
 *   complex     tag 'y'   u64(bits of real)   u64(bits of imag)
 *   bytes       tag 'b'   bytes
 *   str         STR
 *   tuple       tag '('   u64 n   VALUE(each)
 *   list        tag '['   likewise
 *   dict        tag '{'   likewise, each key before its value; n counts both
 *   frozenset   tag '>'   u64 n, then u64 hi, u64 lo of each element's own key (codehash_begin,
 *               VALUE, codehash_end), ascending by (hi, lo): the order in memory depends on
 *               the hash seed
 *   set         tag '<'   likewise
 *   code        tag 'c'   u64 hi   u64 lo of its CODE key
 *
 * A live constant of any other type has no key; its code object matches nothing.
 *
 * Left out on purpose: the file name, the line table and the first line number.  What they say is
 * where the code lives. */
#include "codekey.h"

#include "pycode.h"

#define XXH_INLINE_ALL
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

static_assert(sizeof(XXH3_state_t) <= sizeof(((CodeHash *)0)->state),
              "CodeHash holds an XXH3 state");
static_assert(_Alignof(XXH3_state_t) <= _Alignof(CodeHash), "CodeHash is aligned as XXH3 wants it");

static XXH3_state_t *
state(CodeHash *h)
{
    return (XXH3_state_t *)(void *)h->state;
}

void
codehash_begin(CodeHash *h)
{
    XXH3_INITSTATE(state(h));
    XXH3_128bits_reset(state(h));
}

void
codehash_tag(CodeHash *h, char kind)
{
    XXH3_128bits_update(state(h), &kind, 1);
}

void
codehash_u64(CodeHash *h, uint64_t v)
{
    XXH3_128bits_update(state(h), &v, sizeof v);
}

void
codehash_bytes(CodeHash *h, const void *p, size_t n)
{
    codehash_u64(h, n);
    if (n)
        XXH3_128bits_update(state(h), p, n);
}

CodeKey
codehash_end(CodeHash *h)
{
    XXH128_hash_t x = XXH3_128bits_digest(state(h));
    return (CodeKey){x.high64, x.low64};
}

static void value(CodeHash *h, const PyObj *o);

CodeKey
codekey_of_value(const PyObj *o)
{
    CodeHash h;
    codehash_begin(&h);
    value(&h, o);
    return codehash_end(&h);
}

static int
by_key(const void *a, const void *b)
{
    const CodeKey *x = a, *y = b;
    return x->hi != y->hi ? (x->hi > y->hi ? 1 : -1) : (x->lo > y->lo) - (x->lo < y->lo);
}

static void
elements(CodeHash *h, const PyObj *set)
{
    CodeKey *keys = malloc((set->n + 1) * sizeof *keys);
    if (!keys)
        die("no memory for the key of a set of %u", (unsigned)set->n);
    for (uint32_t i = 0; i < set->n; i++)
        keys[i] = codekey_of_value(set->items[i]);
    qsort(keys, set->n, sizeof *keys, by_key);
    for (uint32_t i = 0; i < set->n; i++) {
        codehash_u64(h, keys[i].hi);
        codehash_u64(h, keys[i].lo);
    }
    free(keys);
}

static void
string(CodeHash *h, const char *s, size_t n)
{
    codehash_tag(h, 's');
    codehash_bytes(h, s, n);
}

static void
real(CodeHash *h, double d)
{
    uint64_t bits;
    memcpy(&bits, &d, sizeof bits);
    codehash_u64(h, bits);
}

static void
integer(CodeHash *h, const PyObj *o)
{
    codehash_tag(h, o->big ? 'l' : 'i');
    if (!o->big) {
        codehash_u64(h, (uint64_t)o->i);
        return;
    }
    codehash_u64(h, o->negative);
    codehash_bytes(h, o->big, o->n * sizeof *o->big);
}

static void
container(CodeHash *h, const PyObj *o, char tag)
{
    codehash_tag(h, tag);
    codehash_u64(h, o->n);
    if (o->kind == PySet || o->kind == PyFrozenSet) {
        elements(h, o);
        return;
    }
    for (uint32_t i = 0; i < o->n; i++)
        value(h, o->items[i]);
}

static void
value(CodeHash *h, const PyObj *o)
{
    switch (o->kind) {
    case PyNull: codehash_tag(h, '0'); break;
    case PyNone: codehash_tag(h, 'N'); break;
    case PyTrue: codehash_tag(h, 'T'); break;
    case PyFalse: codehash_tag(h, 'F'); break;
    case PyEllipsis: codehash_tag(h, '.'); break;
    case PyStopIter: codehash_tag(h, 'S'); break;
    case PyInt: integer(h, o); break;
    case PyFloat:
        codehash_tag(h, 'g');
        real(h, o->f);
        break;
    case PyComplex:
        codehash_tag(h, 'y');
        real(h, o->c.re);
        real(h, o->c.im);
        break;
    case PyBytes:
        codehash_tag(h, 'b');
        codehash_bytes(h, o->s, o->n);
        break;
    case PyStr: string(h, o->s, o->n); break;
    case PyTuple: container(h, o, '('); break;
    case PyList: container(h, o, '['); break;
    case PyDict: container(h, o, '{'); break;
    case PySet: container(h, o, '<'); break;
    case PyFrozenSet: container(h, o, '>'); break;
    case PyCodeObj:
        codehash_tag(h, 'c');
        codehash_u64(h, o->code->key.hi);
        codehash_u64(h, o->code->key.lo);
        break;
    }
}

static void
strings(CodeHash *h, char tag, PyObj *const *at, uint32_t n)
{
    codehash_tag(h, tag);
    codehash_u64(h, n);
    for (uint32_t i = 0; i < n; i++)
        string(h, at[i]->s, at[i]->n);
}

CodeKey
codekey_of(const PyCode *c)
{
    CodeHash h;
    codehash_begin(&h);
    codehash_tag(&h, 'C');
    codehash_u64(&h, (unsigned)c->argcount);
    codehash_u64(&h, (unsigned)c->posonlyargcount);
    codehash_u64(&h, (unsigned)c->kwonlyargcount);
    codehash_u64(&h, (unsigned)c->stacksize);
    codehash_u64(&h, (unsigned)c->flags);
    string(&h, c->name, strlen(c->name));
    string(&h, c->qualname, strlen(c->qualname));
    codehash_tag(&h, 'B');
    codehash_bytes(&h, c->code, (size_t)c->n_units * 2);
    codehash_tag(&h, 'E');
    codehash_bytes(&h, c->exctable, c->exctable_len);
    strings(&h, 'N', c->names, c->n_names);
    strings(&h, 'L', c->localsplusnames, c->n_localsplus);
    codehash_bytes(&h, c->localspluskinds, c->n_localsplus);
    codehash_tag(&h, 'K');
    codehash_u64(&h, c->consts->n);
    for (uint32_t i = 0; i < c->consts->n; i++)
        value(&h, c->consts->items[i]);
    return codehash_end(&h);
}

bool
codekey_equal(CodeKey a, CodeKey b)
{
    return a.hi == b.hi && a.lo == b.lo;
}

void
codekey_hex(CodeKey k, char out[CODEKEY_HEX])
{
    snprintf(out, CODEKEY_HEX, "%016llx%016llx", (unsigned long long)k.hi,
             (unsigned long long)k.lo);
}

bool
codekey_parse(const char *hex, CodeKey *out)
{
    uint64_t half[2] = {0, 0};
    for (int i = 0; i < CODEKEY_HEX - 1; i++) {
        char ch = hex[i];
        int digit = ch >= '0' && ch <= '9' ? ch - '0' : ch >= 'a' && ch <= 'f' ? ch - 'a' + 10 : -1;
        if (digit < 0)
            return false;
        half[i / 16] = half[i / 16] << 4 | (unsigned)digit;
    }
    *out = (CodeKey){half[0], half[1]};
    return hex[CODEKEY_HEX - 1] == 0;
}

uint32_t
codekey_filter(const char *qualname, size_t len, uint32_t n_units)
{
    return (uint32_t)XXH3_64bits_withSeed(qualname, len, n_units);
}

CodeKey
codekey_foreign(const char *file, const char *name, const char *salt)
{
    const char *const parts[] = {file, name, salt};
    CodeHash h;
    codehash_begin(&h);
    codehash_tag(&h, 'P'); /* no code object's key begins so */
    for (size_t i = 0; i < countof(parts); i++)
        codehash_bytes(&h, parts[i], strlen(parts[i]));
    return codehash_end(&h);
}

/* The identity of a code object across hosts: 128 bits over what the code *does* (names,
 * qualname, flags, argument counts, bytecode, constants, exception table), not over where it
 * lives (no file name, no line numbers), so a profile from another path still matches.
 *
 * Two walkers feed the same hasher: codekey_of() walks a host-side PyCode; the loader's
 * match.c walks a live code object.  Both must make the calls in the order given in
 * codekey.c; a test compares them. */
#ifndef PYOPT_CODEKEY_H
#define PYOPT_CODEKEY_H

#include "base.h"

typedef struct CodeKey {
    uint64_t hi, lo;
} CodeKey;

enum { CODEKEY_HEX = 33 }; /* 32 digits and NUL */

struct PyCode;
struct PyObj;
CodeKey codekey_of(const struct PyCode *c);
CodeKey
codekey_of_value(const struct PyObj *o); /* of one constant; equal for equal sets in any order */
bool codekey_equal(CodeKey a, CodeKey b);
void codekey_hex(CodeKey k, char out[CODEKEY_HEX]);
bool codekey_parse(const char *hex, CodeKey *out);
/* The key of what is no code object: made of names, so that it meets itself in other profiles and
 * never a function with bytecode.  salt: what tells apart those of the same names. */
CodeKey codekey_foreign(const char *file, const char *name, const char *salt);

/* The hasher (xxHash's XXH3-128, streaming).  Opaque so that the loader can embed it on its stack.
 */
typedef struct CodeHash {
    _Alignas(64) unsigned char state[640];
} CodeHash;

void codehash_begin(CodeHash *h);
void codehash_tag(CodeHash *h, char kind); /* one letter before each value: its type */
void codehash_u64(CodeHash *h, uint64_t v);
void codehash_bytes(CodeHash *h, const void *p, size_t n); /* length first */
CodeKey codehash_end(CodeHash *h);

/* A cheap filter the loader computes first: from qualname and the number of code units. */
uint32_t codekey_filter(const char *qualname, size_t len, uint32_t n_units);

#endif

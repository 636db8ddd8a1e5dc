/* SHA-256 (libcrypto's), whole and in parts. */
#ifndef PYOPT_DIGEST_H
#define PYOPT_DIGEST_H

#include "base.h"

enum { DIGEST_LEN = 32, DIGEST_HEX = 65 };

typedef struct Digest {
    uint8_t b[DIGEST_LEN];
} Digest;

typedef struct DigestRun DigestRun;

DigestRun *digest_begin(void);
void digest_add(DigestRun *d, const void *p, size_t n);
/* The text and its NUL, so that ("ab", "c") and ("a", "bc") differ. */
void digest_add_str(DigestRun *d, const char *s);
Digest digest_end(DigestRun *d); /* frees d */
Digest digest_of(const void *p, size_t n);
bool digest_equal(const Digest *a, const Digest *b);
void digest_hex(const Digest *d, char out[DIGEST_HEX]);

#endif

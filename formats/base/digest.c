/* OpenSSL's SHA-256 by its plain functions: EVP would load configuration and providers first, which
 * takes ten times as long as all the hashing `pyopt run` does. */
#define OPENSSL_API_COMPAT 0x10100000L
#include "digest.h"

#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

struct DigestRun {
    SHA256_CTX sha;
};

DigestRun *
digest_begin(void)
{
    DigestRun *d = malloc(sizeof *d);
    if (!d || !SHA256_Init(&d->sha))
        die("cannot start a digest");
    return d;
}

void
digest_add(DigestRun *d, const void *p, size_t n)
{
    SHA256_Update(&d->sha, p, n);
}

void
digest_add_str(DigestRun *d, const char *s)
{
    digest_add(d, s, strlen(s) + 1);
}

Digest
digest_end(DigestRun *d)
{
    Digest out;
    SHA256_Final(out.b, &d->sha);
    free(d);
    return out;
}

Digest
digest_of(const void *p, size_t n)
{
    DigestRun *d = digest_begin();
    digest_add(d, p, n);
    return digest_end(d);
}

bool
digest_equal(const Digest *a, const Digest *b)
{
    return memcmp(a->b, b->b, DIGEST_LEN) == 0;
}

void
digest_hex(const Digest *d, char out[DIGEST_HEX])
{
    static const char digits[] = "0123456789abcdef";
    for (int i = 0; i < DIGEST_LEN; i++) {
        out[2 * i] = digits[d->b[i] >> 4];
        out[2 * i + 1] = digits[d->b[i] & 15];
    }
    out[2 * DIGEST_LEN] = 0;
}

#include "digest.h"

#include <openssl/evp.h>
#include <string.h>

/* EVP's context under our name; it fails only when out of memory or misused. */
static EVP_MD_CTX *
context(DigestRun *d)
{
    return (EVP_MD_CTX *)d;
}

DigestRun *
digest_begin(void)
{
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    if (!c || !EVP_DigestInit_ex(c, EVP_sha256(), NULL))
        die("libcrypto has no SHA-256");
    return (DigestRun *)c;
}

void
digest_add(DigestRun *d, const void *p, size_t n)
{
    if (!EVP_DigestUpdate(context(d), p, n))
        die("SHA-256 update failed");
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
    unsigned n = 0;
    if (!EVP_DigestFinal_ex(context(d), out.b, &n) || n != DIGEST_LEN)
        die("SHA-256 final failed");
    EVP_MD_CTX_free(context(d));
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

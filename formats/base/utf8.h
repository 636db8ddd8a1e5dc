/* UTF-8, and the superset CPython calls "surrogatepass" (WTF-8): lone surrogates encoded like other
 * characters. */
#ifndef PYOPT_UTF8_H
#define PYOPT_UTF8_H

#include "base.h"

/* Bytes of the well-formed character at s, of which n bytes may be read; 0 if there is none. */
size_t utf8_len(const char *s, size_t n, bool surrogates);
bool utf8_valid(const char *s, size_t n, bool surrogates);
bool utf8_ascii(const char *s, size_t n);

#endif

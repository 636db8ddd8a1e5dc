/* The bundle's manifest as JSON, both ways. */
#ifndef PYOPT_BUNDLEJSON_H
#define PYOPT_BUNDLEJSON_H

#include "bundle.h"
#include "strbuf.h"

const char *bundlejson_write(Arena *a, const Bundle *b);
/* Fills everything but explain and so; false when the text is not such a manifest. */
bool bundlejson_read(Arena *a, const char *text, size_t n, Bundle *out);

#endif

/* A bundle; and its manifest alone, which digests would otherwise shield from damage. */
#include "bundle.h"
#include "bundlejson.h"
#include "fuzz.h"

#include <string.h>

/* Whatever was accepted must be all there. */
static void
check_sound(const Bundle *b)
{
    size_t n = strlen(b->python_version) + strlen(b->soabi) + strlen(b->headers);
    for (uint32_t i = 0; i < b->n_units; i++)
        n += strlen(b->units[i].qualname) + strlen(b->units[i].file);
    if (n > SIZE_MAX / 2)
        die("impossible lengths");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena *a = arena_new();
    Bundle b;
    Err err;
    if (bundle_parse(a, data, size, BundleAll, &b, &err))
        check_sound(&b);
    b = (Bundle){0};
    if (bundlejson_read(a, (const char *)data, size, &b))
        check_sound(&b);
    arena_free(a);
    return 0;
}

/* A marshal stream: read, print, write, read again; what comes back is the same. */
#include "fuzz.h"
#include "marshal.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena *a = arena_new();
    Err err;
    const PyVer *ver = pyver_find(3, 11);
    PyObj *o = marshal_read(a, ver, data, size, &err);
    if (o) {
        StrBuf text, bytes;
        sb_init(&text, a);
        pyobj_repr(o, &text, 1000);
        sb_init(&bytes, a);
        marshal_write(o, &bytes);
        PyObj *again = marshal_read(a, ver, bytes.s, bytes.n, &err);
        if (!again || !pyobj_equal(o, again))
            die("%s does not come back: %s", text.s, again ? "differs" : err.msg);
        if (!codekey_equal(codekey_of_value(o), codekey_of_value(again)))
            die("%s comes back with another key", text.s);
    }
    arena_free(a);
    return 0;
}

/* IR text: whatever parses and is sound comes back when it is printed; its directives and passes'
 * needs are read too. */
#include "err.h"
#include "fuzz.h"
#include "ir_script.h"

#include <string.h>

static const char *
printed(Arena *a, const Func *f)
{
    StrBuf out;
    sb_init(&out, a);
    ir_print(f, &out);
    return out.s;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena *a = arena_new();
    Err err = {0};
    IrScript s;
    StrBuf errors;
    sb_init(&errors, a);
    if (irscript_read(a, arena_strndup(a, (const char *)data, size), &s, &err)) {
        const char *text = printed(a, s.f);
        if (ir_verify(s.f, &errors)) {
            Func *again = ir_parse(a, NULL, text, &err);
            if (!again)
                die("%s\ndoes not come back: %s", text, err.msg);
            if (strcmp(printed(a, again), text))
                die("%s\ncomes back as\n%s", text, printed(a, again));
        } else if (!*errors.s) {
            die("%s\nis refused without a reason", text);
        }
    } else if (err.kind == ErrNone || strncmp(err.msg, "line ", 5)) {
        die("no line in the error: %s", err.msg);
    }
    arena_free(a);
    return 0;
}

/* Prints the code key and the filter of every code object in a marshalled file.  With -h: as C
 * macros for units.c, without: as lines "key filter qualname" that keys.py compares with the
 * loader's own. */
#include "arena.h"
#include "marshal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
print_macros(PyCode *c, void *arg)
{
    (void)arg;
    char name[256];
    snprintf(name, sizeof name, "%s", c->qualname);
    for (char *p = name; *p; p++)
        if (*p == '.' || *p == '<' || *p == '>')
            *p = '_';
    printf("#define %s_KEY {0x%llx, 0x%llx}\n", name, (unsigned long long)c->key.hi,
           (unsigned long long)c->key.lo);
    printf("#define %s_FILTER 0x%x\n", name,
           codekey_filter(c->qualname, strlen(c->qualname), c->n_units));
}

static void
print_line(PyCode *c, void *arg)
{
    (void)arg;
    char hex[CODEKEY_HEX];
    codekey_hex(c->key, hex);
    printf("%s %u %s\n", hex, codekey_filter(c->qualname, strlen(c->qualname), c->n_units),
           c->qualname);
}

int
main(int argc, char **argv)
{
    bool macros = argc > 2 && strcmp(argv[1], "-h") == 0;
    FILE *in = fopen(argv[argc - 1], "rb");
    if (!in)
        return 1;
    Arena *a = arena_new();
    size_t cap = 64u << 20;
    char *bytes = malloc(cap);
    size_t n = fread(bytes, 1, cap, in);
    fclose(in);
    Err err = {0};
    PyObj *o = marshal_read(a, pyver_find(3, 11), bytes, n, &err);
    if (!o) {
        fprintf(stderr, "%s\n", err.msg);
        return 1;
    }
    if (o->kind == PyCodeObj)
        pycode_walk(o->code, macros ? print_macros : print_line, NULL);
    else
        for (uint32_t i = 0; i < o->n; i++)
            pycode_walk(o->items[i]->code, macros ? print_macros : print_line, NULL);
    free(bytes);
    arena_free(a);
    return 0;
}

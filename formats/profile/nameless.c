#include "nameless.h"

#include <stdio.h>
#include <string.h>

static PyObj *
nameless_value(Arena *a, PyObj *o)
{
    PyObj *copy = o;
    if (o->kind == PyCodeObj) {
        copy = arena_memdup(a, o, sizeof *o);
        copy->code = nameless_copy(a, o->code);
    } else if (o->kind == PyTuple) {
        copy = arena_memdup(a, o, sizeof *o);
        copy->items = arena_array(a, PyObj *, o->n + 1);
        for (uint32_t i = 0; i < o->n; i++)
            copy->items[i] = nameless_value(a, o->items[i]);
    }
    return copy;
}

PyCode *
nameless_copy(Arena *a, const PyCode *c)
{
    PyCode *copy = arena_memdup(a, c, sizeof *c);
    copy->consts = nameless_value(a, c->consts);
    copy->localsplusnames = arena_array(a, PyObj *, c->n_localsplus + 1);
    for (uint32_t i = 0; i < c->n_localsplus; i++) {
        PyObj *name = copy->localsplusnames[i] = arena_new_of(a, PyObj);
        name->kind = PyStr;
        name->s = arena_printf(a, ".%u", (unsigned)i);
        name->n = (uint32_t)strlen(name->s);
        name->ascii = true;
    }
    return copy;
}

static void
look(PyCode *c, void *arg)
{
    bool *found = arg, all = c->n_localsplus > 0;
    char name[16];
    for (uint32_t i = 0; i < c->n_localsplus && all; i++) {
        snprintf(name, sizeof name, ".%u", (unsigned)i);
        all = strcmp(c->localsplusnames[i]->s, name) == 0;
    }
    *found = *found || all;
}

bool
nameless_is(PyCode *c)
{
    bool found = false;
    pycode_walk(c, look, &found);
    return found;
}

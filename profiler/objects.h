/* CPython objects read from another process's memory, by the offsets of its version's PyLayout.
 * Every length is bounded and every type checked, because the target runs on meanwhile: a torn
 * object gives NULL, never a wrong one that could not have been there. */
#ifndef PYOPT_OBJECTS_H
#define PYOPT_OBJECTS_H

#include "layout.h"
#include "memory.h"
#include "pycode.h"
#include "ring.h"

typedef struct Objects {
    Memory *mem;
    const PyVer *ver;
    const PyLayout *lay;
    const uint64_t *symbols; /* RingSymCount addresses */
} Objects;

uint64_t objects_type(const Objects *o, uint64_t object);
/* A str as UTF-8 in the arena; NULL when it is not one or cannot be read. */
const char *objects_text(const Objects *o, Arena *a, uint64_t object);
/* A constant of a code object; NULL for a type that marshal does not write. */
PyObj *objects_const(const Objects *o, Arena *a, uint64_t object);
/* A code object with its nested ones, bytecode mapped back to base opcodes; key set. */
PyCode *objects_code(const Objects *o, Arena *a, uint64_t object);
/* The value under a str key, borrowed from a dict with str keys; 0 when there is none. */
uint64_t objects_dict_get(const Objects *o, uint64_t dict, const char *key);
/* Calls visit for each value of a dict until it returns false. */
typedef bool ObjectsVisit(uint64_t key, uint64_t value, void *arg);
void objects_dict_each(const Objects *o, uint64_t dict, ObjectsVisit *visit, void *arg);
/* "module.qualname" of a type; NULL when it is none. */
const char *objects_type_name(const Objects *o, Arena *a, uint64_t type);

#endif

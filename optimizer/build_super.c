/* super().method(…) and super(Class, self).method(…).
 *
 * CPython makes a super object, looks the name up through it, binds what it finds, and drops the
 * object.  All that it does is walk the MRO of self's class behind Class, which the class's version
 * stands for; so the call and the LOAD_METHOD behind it become one LoadSuper, which leaves what
 * LOAD_METHOD leaves: a function and self, or NULL and something to call.  It runs no code of the
 * program.  What it does not know (another `super`, errors, proxies) is left to the interpreter
 * from the call on.
 *
 * Without arguments Class is what the cell `__class__` holds, and self the first local as it is
 * now. */
#include "build.h"

#include <string.h>

static bool
names_super(const Instr *func)
{
    return func->op == OpLoadGlobal && !strcmp(func->inl->code->names[func->imm]->s, "super");
}

/* The call that made o, when nothing has run since, or NULL. */
static Instr *
super_call(const Builder *b, Instr *o)
{
    const Instr *last = b->cur->last;
    if (last && last->op == OpCheckTrace)
        last = last->prev;
    bool is_call = last == o && o->op == OpRt && o->imm == RtCall && o->imm2 < 0;
    return is_call && (o->n_args == 2 || o->n_args == 4) && o->args[0]->type == TyNull &&
                   names_super(o->args[1])
               ? o
               : NULL;
}

/* Where the function has the cell `__class__`; false: nowhere. */
static bool
class_cell(const PyCode *c, uint32_t *slot)
{
    for (uint32_t k = 0; k < c->n_localsplus; k++)
        if ((c->localspluskinds[k] & PyLocalFree) &&
            !strcmp(c->localsplusnames[k]->s, "__class__")) {
            *slot = k;
            return true;
        }
    return false;
}

/* What super() takes for self, or NULL where that is not simply a local. */
static Instr *
first_local(const Builder *b, const Instr *call)
{
    const PyCode *c = b->code;
    if (!c->argcount || (c->localspluskinds[0] & (PyLocalCell | PyLocalFree)))
        return NULL;
    Instr *self = call->fs->vals[0];
    return self && self->op != OpNull ? self : NULL;
}

static Instr *
emit_for(Builder *b, const Instr *call, Op op, uint32_t n_args, Instr **args)
{
    Instr *i = build_emit(b, op, TyObj, n_args, args);
    i->fs = call->fs;
    i->off = call->off;
    return i;
}

bool
build_super(Builder *b, uint32_t name)
{
    Instr *call = super_call(b, b->stack[b->n_stack - 1]);
    if (!call)
        return false;
    uint32_t slot = 0;
    bool bare = call->n_args == 2;
    Instr *self = bare ? first_local(b, call) : call->args[3];
    if (!self || (bare && !class_cell(b->code, &slot)))
        return false;
    build_pop(b);
    if (b->cur->last != call)
        ir_remove(b->cur->last);
    ir_remove(call);
    Instr *cls = bare ? build_emit(b, OpLoadClosure, TyObj, 0, NULL) : call->args[2];
    if (bare) {
        cls->imm = slot;
        if (self->op == OpPhi || self->type == TyMaybe)
            self = emit_for(b, call, OpGuardBound, 1, &self);
    }
    Instr *load = emit_for(b, call, OpLoadSuper, 3, (Instr *[]){call->args[1], cls, self});
    load->imm = name;
    load->imm2 = (int32_t)ir_cell_new(b->f, "PyrtSuperCell");
    load->imm3 = bare;
    build_push(b, build_emit(b, OpProj, TyMaybe, 1, &load));
    build_push(b, load);
    return true;
}

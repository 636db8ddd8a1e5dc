/* One C statement per operation. */
#include "emit.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void PRINTF_LIKE(2, 3) emit_put(Emit *e, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    char *s = arena_alloc(e->a, (size_t)n + 1);
    vsnprintf(s, (size_t)n + 1, fmt, again);
    va_end(again);
    va_end(ap);
    sb_puts(&e->out, s);
}

const char *
emit_arg(Emit *e, const Instr *i, uint32_t k)
{
    return emit_name(e, i->args[k]);
}

/* A guard: leave unless cond. */
void
emit_guard(Emit *e, Instr *i, const char *cond)
{
    emit_put(e, "if (!PYRT_GUARD(%s)) goto X%u;\n", cond, emit_exit(e, i));
}

static const char *
type_object(Ty t)
{
    return ir_types[t].object;
}

/* The test that o is a t.  Arrays' class has no address that could be linked against. */
static const char *
is_type(Emit *e, const char *o, Ty t)
{
    if (t == TyFloatArray || t == TyIntArray)
        return arena_printf(e->a, "pyrt_is_%s_array(%s)", t == TyIntArray ? "int" : "float", o);
    return arena_printf(e->a, "Py_IS_TYPE(%s, &%s)", o, type_object(t));
}

/* A load that answers NULL when it declines.  A new reference must not be lost to a guard that
 * fails for stress. */
void
emit_not_null(Emit *e, Instr *i)
{
    if (ir_ref(i) == 'o')
        emit_put(e, "if (UNLIKELY(!v%u)) goto X%u;\n", i->id, emit_exit(e, i));
    else
        emit_guard(e, i, arena_printf(e->a, "v%u != NULL", i->id));
}

/* ---- homes ---- */

static void
set_local(Emit *e, Instr *i)
{
    if (!ty_boxed((Ty)i->args[0]->type)) { /* the home stays out of date */
        if (i->imm3)
            emit_put(e, "raw[%d].%s = %s;\n", i->imm3 - 1, i->args[0]->type == TyF64 ? "f" : "i",
                     emit_arg(e, i, 0));
        if (i->imm3 && e->raw_flags[i->imm3 - 1])
            emit_put(e, "raw[%d].set = true;\n", i->imm3 - 1);
        return;
    }
    const char *h = emit_home(e, i->imm);
    if (i->imm2 == HomeLent)
        return;
    if (i->imm2 == HomeNull) {
        emit_put(e, "%s = %s;\n", h, emit_arg(e, i, 0));
        return;
    }
    emit_put(e, "{ PyObject *old = %s; %s = %s;\n", h, h, emit_arg(e, i, 0));
    emit_release(e, i, "old", i->imm2 == HomeScalar ? TyInt : TyObj, true);
    emit_put(e, "}\n");
}

static void
clear_local(Emit *e, Instr *i)
{
    const char *h = emit_home(e, i->imm);
    emit_put(e, "{ PyObject *old = %s; %s = NULL;\n", h, h);
    emit_release(e, i, "old", i->imm2 == HomeScalar ? TyInt : TyObj, true);
    emit_put(e, "}\n");
}

static void
box_local(Emit *e, Instr *i)
{
    const char *h = emit_home(e, i->imm);
    if (i->imm3) {
        const char *kind = emit_number(i->args[0]), *v = emit_arg(e, i, 0);
        emit_put(e, "if (!pyrt_reuse_%s(%s, %s)) {\nPyObject *old = %s, *box = %s(%s);\n", kind, h,
                 v, h, i->type == TyInt ? "pyrt_int" : "PyFloat_FromDouble", v);
        emit_put(e, "if (UNLIKELY(!box)) goto X%u;\n%s = box;\n", emit_exit(e, i), h);
        emit_put(e, "if (old && pyrt_is_plain(old)) {\nPy_DECREF(old);\n} else {\n");
        emit_release(e, i, "old", TyObj, true);
        emit_put(e, "}\n}\nv%u = %s;\n", i->id, h);
        return;
    }
    emit_put(e, "if (UNLIKELY(pyrt_slot_set_%s(&%s, %s) < 0)) goto X%u;\nv%u = %s;\n",
             emit_number(i->args[0]), h, emit_arg(e, i, 0), emit_exit(e, i), i->id, h);
}

/* ---- typed operations ---- */

static const char *const compare_ops[] = {"<", "<=", "==", "!=", ">", ">="};

/* A guarded binary or unary operation: the C function stores its result and says whether it holds.
 */
static void
checked(Emit *e, Instr *i, const char *fn)
{
    const char *x = emit_arg(e, i, 0);
    if (i->n_args == 2)
        emit_guard(e, i, arena_printf(e->a, "%s(%s, %s, &v%u)", fn, x, emit_arg(e, i, 1), i->id));
    else
        emit_guard(e, i, arena_printf(e->a, "%s(%s, &v%u)", fn, x, i->id));
}

static void
overflow(Emit *e, Instr *i, const char *fn)
{
    emit_guard(e, i,
               arena_printf(e->a, "!__builtin_%s_overflow(%s, %s, &v%u)", fn, emit_arg(e, i, 0),
                            emit_arg(e, i, 1), i->id));
}

static void
infix(Emit *e, Instr *i, const char *op)
{
    emit_put(e, "v%u = %s %s %s;\n", i->id, emit_arg(e, i, 0), op, emit_arg(e, i, 1));
}

static void
prefix(Emit *e, Instr *i, const char *op)
{
    emit_put(e, "v%u = %s(%s);\n", i->id, op, emit_arg(e, i, 0));
}

static void
boxed(Emit *e, Instr *i, const char *fn)
{
    emit_put(e, "v%u = %s(%s);\nif (UNLIKELY(!v%u)) goto X%u;\n", i->id, fn, emit_arg(e, i, 0),
             i->id, emit_exit(e, i));
}

static void
length(Emit *e, Instr *i)
{
    switch ((int)i->args[0]->type) {
    case TyDict:
        emit_put(e, "v%u = ((PyDictObject *)%s)->ma_used;\n", i->id, emit_arg(e, i, 0));
        break;
    case TySet: emit_put(e, "v%u = PySet_GET_SIZE(%s);\n", i->id, emit_arg(e, i, 0)); break;
    case TyStr: emit_put(e, "v%u = PyUnicode_GET_LENGTH(%s);\n", i->id, emit_arg(e, i, 0)); break;
    default: emit_put(e, "v%u = Py_SIZE(%s);\n", i->id, emit_arg(e, i, 0)); break;
    }
}

/* Loads that answer NULL out of range. */
static void
item(Emit *e, Instr *i, const char *fn)
{
    emit_put(e, "v%u = %s(%s, %s);\n", i->id, fn, emit_arg(e, i, 0), emit_arg(e, i, 1));
    emit_not_null(e, i);
}

static void
list_slot(Emit *e, Instr *i)
{
    const char *list = emit_arg(e, i, 0), *index = emit_arg(e, i, 1);
    emit_put(e, "{ int64_t k = %s; Py_ssize_t n = PyList_GET_SIZE(%s); if (k < 0) k += n;\n", index,
             list);
    emit_guard(e, i, "(size_t)k < (size_t)n");
    emit_put(e, "PyObject **slot = &((PyListObject *)%s)->ob_item[k];\n", list);
}

static void
list_set(Emit *e, Instr *i)
{
    list_slot(e, i);
    emit_put(e, "PyObject *old = *slot; *slot = Py_NewRef(%s);\n", emit_arg(e, i, 2));
    emit_release(e, i, "old", TyObj, false);
    emit_put(e, "}\n");
}

/* A store that does nothing where it has to fail. */
static void
set_number(Emit *e, Instr *i, const char *helper)
{
    emit_guard(e, i,
               arena_printf(e->a, "%s(%s, %s, %s)", helper, emit_arg(e, i, 0), emit_arg(e, i, 1),
                            emit_arg(e, i, 2)));
}

/* An exhausted iterator lets go of what it went over. */
static void
sequence_next(Emit *e, Instr *i, const char *kind)
{
    const char *it = emit_arg(e, i, 0);
    emit_put(e, "r%u_0 = pyrt_%s_step(%s);\nv%u = r%u_0 != NULL;\n", i->id, kind, it, i->id, i->id);
    emit_put(e, "if (UNLIKELY(!v%u)) {\nPyObject *old = pyrt_seq_end(%s);\n", i->id, it);
    emit_release(e, i, "old", TyObj, true);
    emit_put(e, "}\n");
}

static const char *
slice_maker(const Instr *i)
{
    return i->type == TyList ? "list" : i->type == TyTuple ? "tuple" : "str";
}

static void
slice(Emit *e, Instr *i)
{
    emit_put(e, "v%u = pyrt_%s_slice(%s, %s, %s, %lld);\nif (UNLIKELY(!v%u)) goto X%u;\n", i->id,
             slice_maker(i), emit_arg(e, i, 0), emit_arg(e, i, 1), emit_arg(e, i, 2),
             (long long)i->imm, i->id, emit_exit(e, i));
}

static void
list_set_slice(Emit *e, Instr *i)
{
    emit_link(e, &e->out, i);
    emit_put(e, "{ int s = pyrt_list_set_slice(%s, %s, %s, %s);\n", emit_arg(e, i, 0),
             emit_arg(e, i, 1), emit_arg(e, i, 2), emit_arg(e, i, 3));
    emit_unlink(e, &e->out, i);
    emit_put(e, "if (UNLIKELY(s < 0)) goto X%u; }\n", emit_exit(e, i));
}

static void
list_move(Emit *e, Instr *i)
{
    const char *args = arena_printf(e->a, "%s, %s, %s, %s, %s, %s, %lld", emit_arg(e, i, 0),
                                    emit_arg(e, i, 1), emit_arg(e, i, 2), emit_arg(e, i, 3),
                                    emit_arg(e, i, 4), emit_arg(e, i, 5), (long long)i->imm);
    emit_cold_path(e, i, arena_printf(e->a, "pyrt_list_move(%s)", args), "",
                   arena_printf(e->a, "int s = pyrt_list_move_slow(%s);\n", args), "s < 0");
}

/* Where a loop's body begins. */
static void
found(Emit *e, Instr *i)
{
    emit_put(e, "v%u = f->localsplus[%lld];\n", i->id, (long long)i->imm);
    if (i->type == TyObj)
        emit_guard(e, i, arena_printf(e->a, "v%u != NULL", i->id));
    else if (i->type != TyMaybe)
        emit_guard(e, i,
                   arena_printf(e->a, "v%u != NULL && %s", i->id,
                                is_type(e, arena_printf(e->a, "v%u", i->id), (Ty)i->type)));
}

/* One line each reads best. */
/* clang-format off */
void
emit_instr(Emit *e, Instr *i)
{
    if (e->f->lean && ir_effect(i) != 'P' && !lean_runs_nothing(i))
        emit_need_frame(e, &e->out); /* what has effect P links the frame by itself */
    switch ((Op)i->op) {
    case OpConst: emit_put(e, "v%u = PyTuple_GET_ITEM(consts%u, %lld);\n", i->id, i->inl->id, (long long)i->imm); break;
    case OpParam: emit_put(e, "v%u = f->localsplus[%lld];\n", i->id, (long long)i->imm); break;
    case OpFound: found(e, i); break;
    case OpTakeStack: emit_put(e, "v%u = f->localsplus[%lld];\n", i->id, (long long)i->imm); break;
    case OpLoadClosure: emit_put(e, "v%u = %s->localsplus[%lld];\n", i->id, emit_frame(e, i->inl), (long long)i->imm); break;
    case OpKnown: case OpNull: case OpConstInt: case OpConstFloat: case OpConstBit: case OpMaybe: case OpParts: case OpPhi: case OpRefine: break;

    case OpSetLocal: set_local(e, i); break;
    case OpClearLocal: clear_local(e, i); break;
    case OpBoxLocal: box_local(e, i); break;
    case OpPublish: emit_publish(e, &e->out, i->args[0], i->imm); break;
    case OpIncref: emit_put(e, "Py_%sINCREF(%s);\n", i->args[0]->type == TyMaybe ? "X" : "", emit_arg(e, i, 0)); break;
    case OpDecref: emit_release(e, i, emit_arg(e, i, 0), homes_lets_go_unseen(i) ? TyScalar : (Ty)i->args[0]->type, i->args[0]->type == TyMaybe); break;

    case OpGuardType: emit_guard(e, i, is_type(e, emit_arg(e, i, 0), (Ty)i->type)); break;
    case OpGuardIs: emit_guard(e, i, arena_printf(e->a, "%s == %s", emit_arg(e, i, 0), emit_arg(e, i, 1))); break;
    case OpGuardBound: emit_guard(e, i, arena_printf(e->a, "%s != NULL", emit_arg(e, i, 0))); break;
    case OpGuardTrue: emit_guard(e, i, emit_arg(e, i, 0)); break;
    case OpGuardCode: emit_guard(e, i, arena_printf(e->a, "pyrt_is_code(%s, &dep%lld, UNIT, %lld)", emit_arg(e, i, 0), (long long)i->imm, (long long)i->imm)); break;
    case OpGuardItemFunc: emit_put(e, "v%u = pyrt_item_func(%s, %s, &c%d);\n", i->id, emit_arg(e, i, 0), i->imm ? "\"__setitem__\"" : "\"__getitem__\"", i->imm2); emit_not_null(e, i); break;
    case OpIsCode: emit_put(e, "v%u = pyrt_is_code(%s, &dep%lld, UNIT, %lld);\n", i->id, emit_arg(e, i, 0), (long long)i->imm, (long long)i->imm); break;
    case OpIsClass: emit_put(e, "v%u = pyrt_is_class(%s, &c%d, &dep%lld, UNIT, %lld);\n", i->id, emit_arg(e, i, 0), i->imm2, (long long)i->imm, (long long)i->imm); break;
    case OpClassInit: emit_put(e, "v%u = (PyObject *)c%d.init;\n", i->id, i->imm2); break;
    case OpNewInstance: emit_put(e, "v%u = pyrt_new_instance(ts, %s);\nif (UNLIKELY(!v%u)) goto X%u;\n", i->id, emit_arg(e, i, 0), i->id, emit_exit(e, i)); break;
    case OpResumedAt: case OpEnter: case OpReload: case OpTakeSlot: case OpSent: case OpYield: case OpDecline: emit_gen(e, i); break;
    case OpExit: emit_put(e, "goto X%u;\n", emit_exit(e, i)); break;
    case OpCheckTrace: emit_put(e, "if (PYRT_TRACED(ts)) goto X%u;\n", emit_exit(e, i)); break;

    case OpOpenInt: emit_guard(e, i, arena_printf(e->a, "!%s || pyrt_unbox_int(%s, &v%u)", emit_arg(e, i, 0), emit_arg(e, i, 0), i->id)); break;
    case OpOpenFloat: emit_guard(e, i, arena_printf(e->a, "!%s || pyrt_unbox_float(%s, &v%u)", emit_arg(e, i, 0), emit_arg(e, i, 0), i->id)); break;
    case OpUnboxInt: checked(e, i, "pyrt_unbox_int"); break;
    case OpUnboxFloat: checked(e, i, "pyrt_unbox_float"); break;
    case OpToFloat: checked(e, i, "pyrt_to_float"); break;
    case OpUnboxBool: checked(e, i, "pyrt_unbox_bool"); break;
    case OpBoxInt: boxed(e, i, "pyrt_int"); break;
    case OpBoxFloat: boxed(e, i, "PyFloat_FromDouble"); break;
    case OpBoxBool: prefix(e, i, "pyrt_bool"); break;

    case OpIntAdd: overflow(e, i, "add"); break;
    case OpIntSub: overflow(e, i, "sub"); break;
    case OpIntMul: overflow(e, i, "mul"); break;
    case OpIntFloorDiv: checked(e, i, "pyrt_int_floordiv"); break;
    case OpIntMod: checked(e, i, "pyrt_int_mod"); break;
    case OpIntTrueDiv: checked(e, i, "pyrt_int_truediv"); break;
    case OpIntPow: checked(e, i, "pyrt_int_pow"); break;
    case OpIntShl: checked(e, i, "pyrt_int_shl"); break;
    case OpIntShr: checked(e, i, "pyrt_int_shr"); break;
    case OpIntAnd: infix(e, i, "&"); break;
    case OpIntOr: infix(e, i, "|"); break;
    case OpIntXor: infix(e, i, "^"); break;
    case OpIntNeg: emit_guard(e, i, arena_printf(e->a, "!__builtin_sub_overflow(INT64_C(0), %s, &v%u)", emit_arg(e, i, 0), i->id)); break;
    case OpIntInvert: prefix(e, i, "~"); break;
    case OpIntAbs: emit_guard(e, i, arena_printf(e->a, "%s != INT64_MIN", emit_arg(e, i, 0))); emit_put(e, "v%u = %s < 0 ? -%s : %s;\n", i->id, emit_arg(e, i, 0), emit_arg(e, i, 0), emit_arg(e, i, 0)); break;
    case OpFloatMin: emit_put(e, "v%u = %s < %s ? %s : %s;\n", i->id, emit_arg(e, i, 1), emit_arg(e, i, 0), emit_arg(e, i, 1), emit_arg(e, i, 0)); break;
    case OpFloatMax: emit_put(e, "v%u = %s > %s ? %s : %s;\n", i->id, emit_arg(e, i, 1), emit_arg(e, i, 0), emit_arg(e, i, 1), emit_arg(e, i, 0)); break;
    case OpIntMin: emit_put(e, "v%u = pyrt_int_min(%s, %s);\n", i->id, emit_arg(e, i, 0), emit_arg(e, i, 1)); break;
    case OpIntMax: emit_put(e, "v%u = pyrt_int_max(%s, %s);\n", i->id, emit_arg(e, i, 0), emit_arg(e, i, 1)); break;
    case OpIntCmp: case OpFloatCmp: infix(e, i, compare_ops[i->imm]); break;
    case OpIntToFloat: checked(e, i, "pyrt_int_to_float"); break;
    case OpFloatAdd: infix(e, i, "+"); break;
    case OpFloatSub: infix(e, i, "-"); break;
    case OpFloatMul: infix(e, i, "*"); break;
    case OpFloatDiv: checked(e, i, "pyrt_float_div"); break;
    case OpFloatFloorDiv: checked(e, i, "pyrt_float_floordiv"); break;
    case OpFloatMod: checked(e, i, "pyrt_float_mod"); break;
    case OpFloatPow: checked(e, i, "pyrt_float_pow"); break;
    case OpFloatNeg: prefix(e, i, "-"); break;
    case OpFloatAbs: prefix(e, i, "fabs"); break;
    case OpFloatTruth: emit_put(e, "v%u = %s != 0.0;\n", i->id, emit_arg(e, i, 0)); break;
    case OpIntTruth: emit_put(e, "v%u = %s != 0;\n", i->id, emit_arg(e, i, 0)); break;
    case OpFloatToInt: checked(e, i, "pyrt_float_to_int"); break;
    case OpIsMath: emit_put(e, "v%u = pyrt_is_math(%s, %lld);\n", i->id, emit_arg(e, i, 0), (long long)i->imm); break;
    case OpMath: checked(e, i, arena_printf(e->a, "pyrt_math_%s", strchr(ir_maths[i->imm].name, '.') + 1)); break;
    case OpBitNot: prefix(e, i, "!"); break;
    case OpBitToInt: prefix(e, i, ""); break;
    case OpIs: infix(e, i, "=="); break;
    case OpIsExact: emit_put(e, "v%u = Py_IS_TYPE(%s, &%s);\n", i->id, emit_arg(e, i, 0), type_object((Ty)i->imm)); break;
    case OpNotNull: emit_put(e, "v%u = %s != NULL;\n", i->id, emit_arg(e, i, 0)); break;

    case OpLen: length(e, i); break;
    case OpListItem: item(e, i, "pyrt_list_item_borrowed"); break;
    case OpTupleItem: item(e, i, "pyrt_tuple_item_borrowed"); break;
    case OpStrItem: item(e, i, "pyrt_str_item"); break;
    case OpListItemAt: emit_put(e, "v%u = PyList_GET_ITEM(%s, %lld);\n", i->id, emit_arg(e, i, 0), (long long)i->imm); break;
    case OpTupleItemAt: emit_put(e, "v%u = PyTuple_GET_ITEM(%s, %lld);\n", i->id, emit_arg(e, i, 0), (long long)i->imm); break;
    case OpListSet: list_set(e, i); break;
    case OpListSetFloat: set_number(e, i, "pyrt_list_set_float"); break;
    case OpSlice: slice(e, i); break;
    case OpListSetSlice: list_set_slice(e, i); break;
    case OpListMove: list_move(e, i); break;
    case OpBytesItem: checked(e, i, "pyrt_bytes_item"); break;
    case OpByteArrayItem: checked(e, i, "pyrt_bytearray_item"); break;
    case OpByteArraySet: set_number(e, i, "pyrt_bytearray_set"); break;
    case OpArrayFloat: checked(e, i, "pyrt_array_float"); break;
    case OpArrayInt: checked(e, i, "pyrt_array_int"); break;
    case OpArraySetFloat: set_number(e, i, "pyrt_array_set_float"); break;
    case OpArraySetInt: set_number(e, i, "pyrt_array_set_int"); break;
    case OpListAppend: emit_put(e, "if (UNLIKELY(pyrt_list_append(%s, %s) < 0)) goto X%u;\n", emit_arg(e, i, 0), emit_arg(e, i, 1), emit_exit(e, i)); break;
    case OpOrd: checked(e, i, "pyrt_ord"); break;
    case OpChr: emit_put(e, "v%u = pyrt_chr(%s);\n", i->id, emit_arg(e, i, 0)); emit_not_null(e, i); break;

    case OpRangeNext: emit_put(e, "v%u = pyrt_range_next(%s, &r%u_0);\n", i->id, emit_arg(e, i, 0), i->id); break;
    case OpListNext: sequence_next(e, i, "list"); break;
    case OpTupleNext: sequence_next(e, i, "tuple"); break;
    case OpPairReady: emit_put(e, "v%u = ((PyrtZip *)%s)->size == 2 && !((PyrtZip *)%s)->strict;\n", i->id, emit_arg(e, i, 0), emit_arg(e, i, 0)); break;
    case OpEnumReady: emit_put(e, "v%u = ((PyrtEnumerate *)%s)->index != PY_SSIZE_T_MAX;\n", i->id, emit_arg(e, i, 0)); break;

    case OpProj: case OpGcPoll: case OpEnterInline: case OpLeaveInline: case OpPoll: case OpEnumNext: case OpPairNext: case OpIterNext: case OpSend: case OpLoadAttr:
    case OpStoreAttr: case OpFindMethod: case OpFindGetter: case OpLoadField: case OpStoreField: case OpLoadMethod: case OpLoadSuper: case OpFindSuper: case OpLoadGlobal: case OpConcatLocal: case OpUnpack:
    case OpUnpackEx: case OpRt: case OpReturn: emit_effect(e, i); break;
    case OpJump: case OpBranch: case OpCount: break;
    }
}
/* clang-format on */

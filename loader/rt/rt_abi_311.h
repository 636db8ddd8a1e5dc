/* Everything the runtime knows about CPython 3.11 that a later version does differently: which
 * internal structs it touches, how a frame is linked, where the flags live.  Another version gets
 * another rt_abi_3xx.h.
 *
 * PYRT_LAYOUT_FINGERPRINT mixes the offsets and sizes of the structs below into one constant.
 * Generated C puts it into its PyoptBundleInfo, the loader compares it with its own: two builds
 * that disagree never meet. */
#ifndef PYOPT_RT_ABI_311_H
#define PYOPT_RT_ABI_311_H

#include "rt_base.h"

#include <frameobject.h>
#include <internal/pycore_ceval.h>
#include <internal/pycore_interp.h>
#include <internal/pycore_runtime.h>

#if PY_VERSION_HEX < 0x030b0000 || PY_VERSION_HEX >= 0x030c0000
#error "this runtime is for CPython 3.11"
#endif

#define PYRT_MIX(h, v)           (((h) ^ (uint64_t)(v)) * UINT64_C(0x100000001b3))
#define PYRT_MIX4(h, a, b, c, d) PYRT_MIX(PYRT_MIX(PYRT_MIX(PYRT_MIX(h, (a)), (b)), (c)), (d))

#ifdef Py_DEBUG
#define PYRT_BUILD_KIND 1
#else
#define PYRT_BUILD_KIND 0
#endif

#define PYRT_FP_FRAME                                                                              \
    PYRT_MIX4(PYRT_MIX4(UINT64_C(0xcbf29ce484222325), offsetof(_PyInterpreterFrame, f_func),       \
                        offsetof(_PyInterpreterFrame, f_code),                                     \
                        offsetof(_PyInterpreterFrame, frame_obj),                                  \
                        offsetof(_PyInterpreterFrame, previous)),                                  \
              offsetof(_PyInterpreterFrame, prev_instr), offsetof(_PyInterpreterFrame, stacktop),  \
              offsetof(_PyInterpreterFrame, localsplus), sizeof(_PyInterpreterFrame))
#define PYRT_FP_CODE                                                                               \
    PYRT_MIX4(PYRT_MIX4(PYRT_FP_FRAME, offsetof(PyCodeObject, co_consts),                          \
                        offsetof(PyCodeObject, co_nlocalsplus),                                    \
                        offsetof(PyCodeObject, co_stacksize), offsetof(PyCodeObject, co_extra)),   \
              offsetof(PyCodeObject, co_code_adaptive),                                            \
              offsetof(PyCodeObject, _co_firsttraceable), offsetof(PyFunctionObject, func_code),   \
              offsetof(PyFunctionObject, func_version))
#define PYRT_FP_THREAD                                                                             \
    PYRT_MIX4(PYRT_MIX4(PYRT_FP_CODE, offsetof(PyThreadState, cframe),                             \
                        offsetof(PyThreadState, recursion_remaining),                              \
                        offsetof(PyThreadState, c_tracefunc), sizeof(PyThreadState)),              \
              offsetof(_PyCFrame, current_frame), offsetof(_PyCFrame, use_tracing),                \
              offsetof(PyInterpreterState, ceval), offsetof(PyFrameObject, f_frame))
#define PYRT_LAYOUT_FINGERPRINT                                                                    \
    PYRT_MIX4(PYRT_MIX4(PYRT_FP_THREAD, offsetof(PyTypeObject, tp_version_tag),                    \
                        sizeof(PyTypeObject), sizeof(PyDictObject), sizeof(PyHeapTypeObject)),     \
              sizeof(PyObject), sizeof(PyInterpreterState), sizeof(_PyRuntime), PYRT_BUILD_KIND)

/* The frame that runs, and linking another in front of it. */
#define PYRT_CURRENT(ts) ((ts)->cframe->current_frame)
/* sys.settrace or sys.setprofile is active in this thread: nothing native may run. */
#define PYRT_TRACED(ts)  UNLIKELY((ts)->cframe->use_tracing)
/* The next allocation of an object that the collector knows would first collect, if collecting is
 * on at all. */
#define PYRT_GC_DUE(ts)                                                                            \
    UNLIKELY((ts)->interp->gc.generations[0].count >= (ts)->interp->gc.generations[0].threshold)
/* A signal, another thread or a pending call wants the interpreter's attention. */
#define PYRT_BREAKER(ts)           UNLIKELY(_Py_atomic_load_relaxed(&(ts)->interp->ceval.eval_breaker))

/* The code units of a frame's code.  "prev_instr" is the unit in progress: what f_lineno is
 * computed from. */
#define PYRT_AT(frame, code, unit) ((frame)->prev_instr = _PyCode_CODE(code) + (int)(unit))

#endif

/* What the agent inside the target and the recorder outside share: one memory file, mapped by both.
 *
 *   RingFile header | RingProc x RING_PROCS | Ring x RING_THREADS
 *
 * Every process that runs Python takes a RingProc, every thread of it a Ring.  A ring has one
 * writer, that thread's signal handler, and one reader, the recorder, so two counters are all the
 * locking there is.  The agent knows no CPython version: the recorder fills RingPython with offsets
 * when a process has announced itself, and samples are taken from then on.
 *
 * A record is a run of 64-bit words; RING_* below packs them.  Both sides are built together;
 * RING_ABI guards against an agent left over from another build. */
#ifndef PYOPT_RING_H
#define PYOPT_RING_H

#include <stdatomic.h>
#include <stdint.h>

#define RING_ENV "PYPROF_SHM" /* names the memory file: /proc/PID/fd/N */

enum {
    RING_MAGIC = 0x50795072, /* "PyPr" */
    RING_ABI = 3,
    RING_PROCS = 256,
    RING_THREADS = 512,
    RING_WORDS = 16384,        /* a power of two: 128 KiB a thread */
    RING_NATIVE_WORDS = 65536, /* with native stacks */
    RING_MAX_FRAMES = 128,
    RING_MAX_LOCALS = 24,
    RING_MAX_STACK = 16,
    RING_MAX_AUX = 4,
    RING_VALUE_FRAMES = 3, /* frames whose values are recorded: the leaf and its callers */
    RING_HEAD_WORDS = 4,
    RING_MAX_BLOCK = 1 + RING_MAX_LOCALS + RING_MAX_STACK + 2 * RING_MAX_AUX,
    RING_MAX_WALK = RING_HEAD_WORDS + RING_MAX_FRAMES + RING_VALUE_FRAMES * RING_MAX_BLOCK,
    RING_REGS = 17,
    RING_STACK_WORDS = 4096, /* 32 KiB of a thread's stack */
    RING_STACK_HEAD = RING_REGS + 1,
    RING_MAX_RECORD = RING_MAX_WALK + RING_STACK_HEAD + RING_STACK_WORDS,
};

/* Outside is the recorder's own (rounds.h): agents are asked for timers then. */
typedef enum RingClock {
    RingClockAuto,
    RingClockPerf,
    RingClockTimer,
    RingClockItimer,
    RingClockOutside
} RingClock;

/* Exported variables of the interpreter that the agent looks up by name; 0 where missing. */
#define RING_SYMBOLS(X)                                                                            \
    X(Py_Version)                                                                                  \
    X(_PyRuntime)                                                                                  \
    X(_Py_RefTotal) /* debug builds only */                                                        \
    X(PyCode_Type)                                                                                 \
    X(PyLong_Type)                                                                                 \
    X(PyBaseObject_Type)                                                                           \
    X(PyType_Type)                                                                                 \
    X(PyFunction_Type)                                                                             \
    X(PyCFunction_Type)                                                                            \
    X(PyMethod_Type)                                                                               \
    X(PyMethodDescr_Type)                                                                          \
    X(_Py_NoneStruct)                                                                              \
    X(_Py_TrueStruct)                                                                              \
    X(_Py_FalseStruct)                                                                             \
    X(_Py_EllipsisObject)                                                                          \
    X(PyFloat_Type)                                                                                \
    X(PyComplex_Type)                                                                              \
    X(PyBytes_Type)                                                                                \
    X(PyUnicode_Type)                                                                              \
    X(PyTuple_Type)                                                                                \
    X(PyFrozenSet_Type)                                                                            \
    X(PyDict_Type)                                                                                 \
    X(PyList_Type)                                                                                 \
    X(_PyEval_EvalFrameDefault)

typedef enum RingSymbol {
#define X(name) RingSym_##name,
    RING_SYMBOLS(X)
#undef X
        RingSymCount
} RingSymbol;

/* The offsets the handler reads by; names as in formats/cpython/layout.def. */
typedef struct RingPython {
    /* In _PyRuntime: the GIL holder's thread state, and the pthread key of each thread's own. */
    int32_t tstate_current, tss_initialized, tss_key;
    int32_t tstate_thread_id, tstate_cframe, tstate_datastack_chunk, tstate_datastack_top;
    int32_t cframe_current_frame;
    int32_t frame_code, frame_globals, frame_previous, frame_prev_instr, frame_is_entry,
        frame_localsplus;
    int32_t code_adaptive, code_size, code_nlocalsplus, code_stacksize, code_firstlineno;
    int32_t object_refcnt, object_type, varobject_size;
    int32_t func_code, cfunction_def, method_func, methoddescr_def;
} RingPython;

/* Which offsets fit: Py_Version and the kind of build. */
#define RING_KNOWN(version, debug) ((uint64_t)(version) << 1 | ((debug) ? 1u : 0u))

typedef enum RingProcState {
    RingProcFree,
    RingProcClaimed,   /* the agent is filling it in */
    RingProcAnnounced, /* the recorder should answer */
    RingProcReady,     /* python is filled in: samples flow */
    RingProcRefused,   /* not a Python we know: no samples */
    RingProcExited,    /* the agent has seen the process end */
} RingProcState;

typedef struct RingProc {
    _Atomic uint32_t state; /* RingProcState */
    int32_t pid, parent;    /* parent: index of the process forked from, or -1, */
    uint32_t parent_seq;    /* and its seq */
    uint32_t seq;           /* order of claims: a later one with the same pid is what exec made */
    uint64_t symbols[RingSymCount];
    RingPython python;
    uint32_t clock;             /* RingClock of the main thread */
    _Atomic uint64_t signals;   /* handler runs that were ours */
    _Atomic uint64_t early;     /* before the recorder answered */
    _Atomic uint64_t no_python; /* the thread had no Python frame, or none that could be read */
    _Atomic uint64_t lost;      /* no room in the ring, or no ring */
    _Atomic uint64_t handler_ns;
} RingProc;

typedef enum RingState { RingFree, RingClaimed, RingLive, RingClosed } RingState;

typedef struct Ring {
    uint32_t proc; /* index of its RingProc */
    uint32_t seq;  /* that RingProc's seq when the ring was taken */
    int32_t tid;
    _Alignas(64) _Atomic uint64_t head; /* words written, ever */
    _Alignas(64) _Atomic uint64_t tail; /* words read, ever */
    _Alignas(64) uint64_t words[];      /* RingFile.ring_words of them */
} Ring;

typedef struct RingFile {
    _Alignas(64) uint32_t magic;
    uint32_t abi;
    int32_t recorder; /* pid */
    uint32_t clock;   /* RingClock asked for */
    uint32_t native;  /* native stacks are asked for */
    uint32_t ring_words;
    uint64_t period_ns; /* mean time on the CPU between samples */
    _Atomic uint32_t stop;
    _Atomic uint32_t paused; /* threads tick slowly and take nothing until it is 0 again */
    _Atomic uint64_t known;  /* RING_KNOWN of the Python that python is for; 0: none met yet */
    RingPython python;       /* so that its later processes need not wait to be answered */
    _Atomic uint32_t seq;
    RingProc procs[RING_PROCS];
    _Atomic uint32_t
        ring_state[RING_THREADS]; /* RingState; side by side, for the recorder's rounds */
    /* the rings follow */
} RingFile;

static inline uint64_t
ring_file_size(uint32_t ring_words)
{
    return sizeof(RingFile) + RING_THREADS * (sizeof(Ring) + 8ull * ring_words);
}

static inline Ring *
ring_at(RingFile *f, uint32_t i)
{
    return (Ring *)((char *)(f + 1) + i * (sizeof(Ring) + 8ull * f->ring_words));
}

/* Record: head, time, leaf and globals word, the frames, and for the first of them a block of
 * values each: block word, locals, stack, aux pairs; last the native stack, where there is one.
 *
 *   head     counts and flags, RingHead
 *   time     CLOCK_MONOTONIC nanoseconds
 *   leaf     first line << 32 | code units of the leaf's code: notices a code object that died and
 *            whose address was used again
 *   globals  the leaf frame's globals, for the module's name
 *   frame    code object >> 4 | is_entry << 43 | (unit + 1) << 44; leaf first
 *   block    RingBlock: the frames in order, none left out
 *   value    type >> 4 | flags << 48 | index << 56; locals by index, stack entries by height
 *   aux      object | height << 48, then what the agent's aux_offset() of its type points at
 *   native   RING_REGS registers in the order of native.h, the address of the first word of the
 *            stack that was copied, and those words to the record's end */
#define RING_PTR_BITS   43
#define RING_PTR(word)  (((word) & ((1ull << RING_PTR_BITS) - 1)) << 4)
#define RING_MAX_UNIT   ((1u << 20) - 2)
#define RING_ENTRY(w)   (((w) >> 43) & 1)
#define RING_UNIT(w)    ((int64_t)((w) >> 44) - 1)
#define RING_INDEX(w)   ((uint32_t)((w) >> 56))
#define RING_FLAGS(w)   ((uint32_t)((w) >> 48) & 0xff)
#define RING_AUX_OBJ(w) ((w)&0xffffffffffffull)
#define RING_AUX_AT(w)  ((uint32_t)((w) >> 48))

/* Flags of a value.  True and False: what bool() of it gives, where its first words tell. */
enum {
    RingValueBig = 1,
    RingValueNull = 2,
    RingValueDead = 4,
    RingValueTrue = 8,
    RingValueFalse = 16
};
enum { RingOffGil = 1, RingCutOff = 2, RingNative = 4 }; /* flags of a record */

typedef struct RingHead {
    uint16_t n_words;
    uint8_t n_frames, n_blocks, flags, unused[3];
} RingHead;

typedef struct RingBlock {
    uint8_t n_locals, n_stack, n_aux, unused[5];
} RingBlock;

#endif

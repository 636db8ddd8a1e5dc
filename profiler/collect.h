/* The counters of one recording, between two flushes to the file.  Each kind of count is a map
 * whose key packs what it counts; codes, types and callees are small numbers.  A flush writes the
 * counts as increments and starts empty ones. */
#ifndef PYOPT_COLLECT_H
#define PYOPT_COLLECT_H

#include "instrs.h"
#include "names.h"
#include "profile.h"
#include "pycode.h"

struct ElfFiles;

typedef struct Code {
    uint32_t id;   /* index + 1 in Collect.codes */
    ProfKind kind; /* but for ProfPython, c is a shell: key and names, no code */
    PyCode *c;
    const char *module; /* NULL until a frame of it was on top */
    bool walkable;      /* ins and depths are valid */
    PyInstrs ins;
    int16_t *depths; /* operand stack depth before the instruction at each unit; -1 unreachable */
    Map consumers;   /* sites.c: (instruction, height) to place, computed on demand */
} Code;

/* A key packs its parts from the top: code 20 bits | unit 16 | the rest; the reader unpacks alike.
 */
#define KEY_CODE(k) ((uint32_t)((k) >> 44))
#define KEY_UNIT(k) ((uint32_t)((k) >> 28) & 0xffff)
#define KEY_REST(k) ((uint32_t)(k)&0xfffffff)
enum { KEY_MAX_UNIT = 0xffff, KEY_MAX_CODE = 0xfffff, KEY_TYPE_BITS = 17, KEY_MAX_SLOT = 0x7ff };
#define KEY_TYPE(k) (KEY_REST(k) & ((1u << KEY_TYPE_BITS) - 1))
#define KEY_SLOT(k) (KEY_REST(k) >> KEY_TYPE_BITS)

typedef struct Counts {
    Arena *arena; /* gone with the flush */
    Map self;     /* code, unit */
    Map total;    /* code, 0: samples with the code anywhere on the stack */
    Map types;    /* code, unit, slot << KEY_TYPE_BITS | type */
    Map callees;  /* code, unit, callee: seen being called */
    Map below;    /* as callees: samples with the callee running below */
    Map quick;    /* code, unit, opcode name */
    Map misses;   /* as quick */
    Map outcomes; /* code, unit, 1 if the jump was to be taken */
    Map stacks;   /* node of Collect.nodes */
    uint64_t samples, lost, torn, off_gil, unreadable;
    uint64_t native, bare; /* samples with a native stack; without, though one was asked for */
} Counts;

typedef struct StackNode {
    uint32_t parent, code, unit; /* parent 0: a root */
} StackNode;

typedef struct Collect {
    Arena *arena;
    Vec(Code *) codes;
    Map by_key;         /* low half of a code key to Code.id */
    Names types;        /* module.qualname */
    Names names;        /* callees that are not Python, opcode names */
    Arena *nodes_arena; /* of nodes and nodes_by */
    Map nodes_by;       /* parent, code, unit to node number */
    Vec(StackNode) nodes;
    Vec(struct CalleeName {
        uint32_t name; /* of names, or 0 */
        uint32_t code; /* Code.id, or 0 */
    }) callees;        /* a callee's number is its index + 1 */
    Map callees_by;
    Map kinds;    /* as Counts.types, for good: met there; with type 0: how many types were */
    Map layouts;  /* type << 32 | CollectLayout << 16 | position, to a name: a state, not a count */
    bool threads; /* stacks begin with their thread */
    bool gil_only;          /* threads without the GIL do not count */
    struct ElfFiles *files; /* where native frames lie; NULL: none are asked for */
    Counts now;
} Collect;

typedef enum CollectLayout { CollectKey, CollectSlot } CollectLayout; /* table layout's kinds */

void collect_init(Collect *c);
void collect_free(Collect *c);
/* Starts empty counts; the old ones are gone. */
void collect_reset(Collect *c);
/* Forgets the tree of stacks; the counts must be empty. */
void collect_forget_nodes(Collect *c);
/* The one Code with this content; nested code objects are taken in too. */
Code *collect_code(Collect *c, PyCode *code);
/* What is no Python: the native function of a file, a thread.  salt: what tells apart those of the
 * same name. */
Code *collect_foreign(Collect *c, ProfKind kind, const char *file, const char *name,
                      const char *salt);
uint32_t collect_callee(Collect *c, uint32_t name, uint32_t code);
uint32_t collect_node(Collect *c, uint32_t parent, uint32_t code, uint32_t unit);
void collect_count(Map *m, const Code *code, uint32_t unit, uint32_t rest, uint64_t by);
void collect_type(Collect *c, const Code *code, uint32_t unit, uint32_t slot, uint32_t type,
                  uint64_t by);

/* How many types were met there so far, this one included; *first: it was not before. */
uint64_t collect_kinds(Collect *c, const Code *code, uint32_t unit, uint32_t slot, uint32_t type,
                       bool *first);

#endif

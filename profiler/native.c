/* libunwind asks for memory, registers and unwind tables through callbacks, and remembers by
 * address what it has worked out.  Memory is either in the copy of the stack or in the constant
 * part of a mapped file; nothing is read from the process itself, which has run on. */
#define _GNU_SOURCE
#include "native.h"

#include "mappings.h"

#include <libunwind.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* perf unwinds with it too, as the only way to a table of one's own choice. */
#define search_unwind_table UNW_OBJ(dwarf_search_unwind_table)
int search_unwind_table(unw_addr_space_t, unw_word_t, unw_dyn_info_t *, unw_proc_info_t *, int,
                        void *);

enum {
    CACHE_SIZE = 4096,
    EH_FRAME_HDR = 12, /* version, three encodings, where .eh_frame is, the number of rows */
    EH_TABLE_ENCODINGS = 0x3b03, /* of number and rows: udata4; sdata4 relative to the header */
    CALL = 0xe8,                 /* call rel32, five bytes */
    CALL_BYTES = 5,
};
#define UNKNOWN_AGE 0.05 /* seconds: an address nobody knows may be of a file just loaded */
#define KNOWN_AGE   1.0  /* and the others may have been replaced */

struct Native {
    Mappings maps;
    unw_addr_space_t space;
    uint64_t eval;
    Map by_pc; /* Code.id + 1; 1: the loop */
    Arena *arena;
    const NativeShot *shot; /* while one is walked */
    bool lacking;           /* the last one had an address of no known text */
};

static int
access_mem(unw_addr_space_t space UNUSED, unw_word_t address, unw_word_t *value, int write,
           void *arg)
{
    Native *n = arg;
    uint64_t i = (address - n->shot->from) / 8;
    if (write || address & 7)
        return -UNW_EINVAL;
    if (address >= n->shot->from && i < n->shot->n) {
        *value = n->shot->stack[i];
        return 0;
    }
    return mappings_word(&n->maps, address, value) ? 0 : -UNW_EINVAL;
}

static int
access_reg(unw_addr_space_t space UNUSED, unw_regnum_t reg, unw_word_t *value, int write, void *arg)
{
    const Native *n = arg;
    if (write || reg < 0 || reg >= RING_REGS)
        return -UNW_EBADREG;
    *value = n->shot->regs[reg];
    return 0;
}

static int
access_fpreg(unw_addr_space_t space UNUSED, unw_regnum_t reg UNUSED, unw_fpreg_t *value UNUSED,
             int write UNUSED, void *arg UNUSED)
{
    return -UNW_EBADREG;
}

static int
no_dynamic_info(unw_addr_space_t space UNUSED, unw_word_t *list UNUSED, void *arg UNUSED)
{
    return -UNW_ENOINFO;
}

static void
put_unwind_info(unw_addr_space_t space UNUSED, unw_proc_info_t *info UNUSED, void *arg UNUSED)
{
}

static int
no_resume(unw_addr_space_t space UNUSED, unw_cursor_t *cursor UNUSED, void *arg UNUSED)
{
    return -UNW_EINVAL;
}

/* The sorted table that the linker has made of .eh_frame. */
static int
find_proc_info(unw_addr_space_t space, unw_word_t ip, unw_proc_info_t *out, int need_info,
               void *arg)
{
    Native *n = arg;
    const Mapping *m = mappings_find(&n->maps, ip);
    const Elf64_Phdr *p = m && m->file ? elfimage_segment(&m->file->image, PT_GNU_EH_FRAME) : NULL;
    const uint8_t *h = p ? elfimage_part(&m->file->image, p->p_offset, EH_FRAME_HDR) : NULL;
    uint32_t encodings = h ? (uint32_t)h[2] | (uint32_t)h[3] << 8 : 0, rows;
    if (!h || h[0] != 1 || encodings != EH_TABLE_ENCODINGS)
        return -UNW_ENOINFO;
    memcpy(&rows, h + 8, sizeof rows);
    unw_dyn_info_t table = {
        .start_ip = m->place.start, .end_ip = m->place.end, .format = UNW_INFO_FORMAT_REMOTE_TABLE};
    table.u.rti.segbase = p->p_vaddr + m->bias;
    table.u.rti.table_data = table.u.rti.segbase + EH_FRAME_HDR;
    table.u.rti.table_len = rows; /* a row is as long as the word that is counted in */
    return search_unwind_table(space, ip, &table, out, need_info, n);
}

Native *
native_new(Memory *mem, ElfFiles *files, uint64_t eval)
{
    unw_accessors_t how = {.find_proc_info = find_proc_info,
                           .put_unwind_info = put_unwind_info,
                           .get_dyn_info_list_addr = no_dynamic_info,
                           .access_mem = access_mem,
                           .access_reg = access_reg,
                           .access_fpreg = access_fpreg,
                           .resume = no_resume};
    Native *n = calloc(1, sizeof *n);
    unw_addr_space_t space = unw_create_addr_space(&how, 0);
    if (!n || !space)
        die("no memory to unwind in");
    unw_set_caching_policy(space, UNW_CACHE_GLOBAL);
    unw_set_cache_size(space, CACHE_SIZE, 0);
    *n = (Native){.space = space, .eval = eval, .arena = arena_new()};
    mappings_init(&n->maps, mem, files);
    map_init(&n->by_pc, n->arena);
    return n;
}

void
native_free(Native *n)
{
    if (!n)
        return;
    unw_destroy_addr_space(n->space);
    mappings_free(&n->maps);
    arena_free(n->arena);
    free(n);
}

/* What was worked out by address may be wrong once files were loaded or unloaded. */
static void
refresh(Native *n, double least_age)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    if (!mappings_refresh(&n->maps, (double)ts.tv_sec + 1e-9 * (double)ts.tv_nsec, least_age))
        return;
    unw_flush_cache(n->space, 0, 0);
    arena_free(n->arena);
    n->arena = arena_new();
    map_init(&n->by_pc, n->arena);
}

static const Mapping *
text_at(Native *n, uint64_t pc)
{
    const Mapping *m = mappings_find(&n->maps, pc);
    return m && m->text ? m : NULL;
}

/* A function nobody names is told from others by where it begins, in this build of the file. */
static Code *
function_of(Native *n, Collect *c, const Mapping *m, uint64_t pc)
{
    char name[32];
    if (!m->file)
        return collect_foreign(c, ProfNative, *m->place.path ? m->place.path : "[anonymous]", "?",
                               "");
    const ElfFunc *f = elffiles_function(n->maps.files, m->file, pc - m->bias);
    if (f)
        return collect_foreign(c, ProfNative, m->file->path, f->name, "");
    unw_proc_info_t info;
    if (find_proc_info(n->space, pc, &info, 0, n))
        return collect_foreign(c, ProfNative, m->file->path, "?", "");
    snprintf(name, sizeof name, "+0x%llx", (unsigned long long)(info.start_ip - m->bias));
    return collect_foreign(c, ProfNative, m->file->path, name, m->file->build_id);
}

/* Compilers split a function and put what is rare elsewhere; there, what tells is the instruction
 * that has called it. */
static bool
was_called_as_eval(Native *n, uint64_t return_address)
{
    uint64_t words[2] = {0, 0}, at = return_address - CALL_BYTES, aligned = at & ~7ull;
    uint8_t code[CALL_BYTES];
    int32_t distance;
    if (!mappings_word(&n->maps, aligned, &words[0]) ||
        !mappings_word(&n->maps, aligned + 8, &words[1]))
        return false;
    memcpy(code, (const uint8_t *)words + (at - aligned), sizeof code);
    memcpy(&distance, code + 1, sizeof distance);
    return code[0] == CALL && return_address + (uint64_t)(int64_t)distance == n->eval;
}

static bool
is_eval(Native *n, uint64_t pc, unw_cursor_t *frame)
{
    unw_proc_info_t info;
    unw_cursor_t caller = *frame;
    unw_word_t back;
    const Mapping *m = n->eval ? mappings_find(&n->maps, n->eval) : NULL;
    if (!m || mappings_find(&n->maps, pc) != m)
        return false;
    if (find_proc_info(n->space, pc, &info, 0, n) == 0 && info.start_ip <= n->eval &&
        n->eval < info.end_ip)
        return true;
    return unw_step(&caller) > 0 && unw_get_reg(&caller, UNW_REG_IP, &back) == 0 &&
           was_called_as_eval(n, back);
}

/* An address stands for one function until the mappings change, but for a part that several could
 * share, and compilers do not share parts of the interpreter's loop. */
static Code *
frame_at(Native *n, Collect *c, const Mapping *m, uint64_t pc, unw_cursor_t *cursor)
{
    uint64_t *known = map_at(&n->by_pc, pc);
    if (!*known)
        *known = is_eval(n, pc, cursor) ? 1 : 1 + function_of(n, c, m, pc)->id;
    return *known == 1 ? NULL : c->codes.at[*known - 2];
}

/* A return address is behind the call, and may be the next function's first. */
static const Mapping *
place_of(Native *n, unw_cursor_t *cursor, bool innermost, uint64_t *pc)
{
    unw_word_t ip;
    if (unw_get_reg(cursor, UNW_REG_IP, &ip))
        return NULL;
    *pc = innermost ? ip : ip - 1;
    return text_at(n, *pc);
}

bool
native_unwind(Native *n, Collect *c, const NativeShot *shot, NativeStack *out)
{
    unw_cursor_t cursor;
    const Mapping *m;
    uint64_t pc;
    bool exact = true; /* the address is the instruction's own */
    bool unknown = n->lacking || !text_at(n, shot->regs[UNW_X86_64_RIP]);
    refresh(n, unknown ? UNKNOWN_AGE : KNOWN_AGE);
    n->shot = shot;
    out->n = 0;
    out->whole = false;
    if (unw_init_remote(&cursor, n->space, n))
        return false;
    n->lacking = true;
    while (out->n < NATIVE_FRAMES && (m = place_of(n, &cursor, exact, &pc))) {
        n->lacking = false;
        out->at[out->n++] = frame_at(n, c, m, pc, &cursor);
        exact = unw_is_signal_frame(&cursor) > 0;
        int step = unw_step(&cursor);
        out->whole = step == 0;
        if (step <= 0)
            break;
        n->lacking = true;
    }
    n->lacking = n->lacking && out->n < NATIVE_FRAMES;
    n->shot = NULL;
    return out->n > 0;
}

/* Another process's memory, read from outside without stopping it.  Pages are cached until the next
 * memory_forget(), so a walk over neighbouring objects costs few system calls.  What is read may be
 * changing at this moment: readers check what they find and give up on anything odd. */
#ifndef PYOPT_MEMORY_H
#define PYOPT_MEMORY_H

#include "base.h"

#include <sys/types.h>

enum {
    MEMORY_PAGE = 4096,
    MEMORY_PAGES = 128,
    MEMORY_PIECE = 64, /* bytes; objects lie at multiples of 16, and so do pieces */
    MEMORY_PIECES = 112,
    MEMORY_PLACES = 256, /* of pieces, hashed */
};

typedef struct Memory {
    pid_t pid;
    bool denied;   /* the system does not let us */
    uint32_t left; /* objects.c: how many more objects one reading may visit */
    uint64_t at[MEMORY_PAGES];
    uint8_t page[MEMORY_PAGES][MEMORY_PAGE];
    uint32_t pieces;
    uint8_t place[MEMORY_PLACES]; /* number of a piece, plus 1 */
    uint64_t piece_at[MEMORY_PIECES];
    uint8_t piece[MEMORY_PIECES][MEMORY_PIECE];
} Memory;

typedef struct MemoryWish {
    uint64_t address; /* a multiple of 16 */
    uint32_t pieces;
} MemoryWish;

void memory_init(Memory *m, pid_t pid);
void memory_forget(Memory *m);
/* Brings the pages where objects of that size (at most a page) begin and end, as far as they can be
 * read: one system call for many of them, where reading them one by one needs one for each. */
void memory_fetch(Memory *m, const uint64_t *objects, uint32_t n, uint64_t size);
/* Brings small parts of many pages, and nothing else of them, in one system call; each wish once.
 * What is not there, or not wished for, is read page by page when it is asked for. */
void memory_gather(Memory *m, const MemoryWish *wishes, uint32_t n);
bool memory_read(Memory *m, uint64_t address, void *to, size_t n);
/* The value of that width, sign-extended; 0 when it cannot be read. */
uint64_t memory_u64(Memory *m, uint64_t address);
int32_t memory_i32(Memory *m, uint64_t address);
uint8_t memory_u8(Memory *m, uint64_t address);
/* A C string cut to n - 1 bytes; false when it cannot be read. */
bool memory_string(Memory *m, uint64_t address, char *to, size_t n);

#endif

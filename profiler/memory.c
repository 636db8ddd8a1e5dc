#define _GNU_SOURCE
#include "memory.h"

#include <errno.h>
#include <string.h>
#include <sys/uio.h>

void
memory_init(Memory *m, pid_t pid)
{
    m->pid = pid;
    m->denied = false;
    memory_forget(m);
}

void
memory_forget(Memory *m)
{
    memset(m->at, 0, sizeof m->at);
    memset(m->place, 0, sizeof m->place);
    m->pieces = 0;
}

static bool
read_page(Memory *m, uint64_t address, uint8_t *to)
{
    struct iovec local = {to, MEMORY_PAGE};
    struct iovec remote = {(void *)(uintptr_t)address, MEMORY_PAGE};
    ssize_t got = process_vm_readv(m->pid, &local, 1, &remote, 1, 0);
    if (got < 0 && errno == EPERM)
        m->denied = true;
    return got == MEMORY_PAGE;
}

static const uint8_t *
page_at(Memory *m, uint64_t address)
{
    uint64_t slot = (address / MEMORY_PAGE) % MEMORY_PAGES;
    if (m->at[slot] == address)
        return m->page[slot];
    if (!address || !read_page(m, address, m->page[slot])) {
        m->at[slot] = 0;
        return NULL;
    }
    m->at[slot] = address;
    return m->page[slot];
}

/* Pages on their way: the kernel stops at the first that it cannot read. */
typedef struct Batch {
    struct iovec local[MEMORY_PAGES], remote[MEMORY_PAGES];
    uint32_t n;
} Batch;

static void
add_page(Memory *m, Batch *b, uint64_t address)
{
    uint64_t slot = (address / MEMORY_PAGE) % MEMORY_PAGES;
    if (!address || m->at[slot] == address || b->n == MEMORY_PAGES)
        return;
    for (uint32_t i = 0; i < b->n; i++)
        if (b->local[i].iov_base == m->page[slot])
            return; /* this page, or another that wants its place */
    m->at[slot] = 0;
    b->local[b->n] = (struct iovec){m->page[slot], MEMORY_PAGE};
    b->remote[b->n++] = (struct iovec){(void *)(uintptr_t)address, MEMORY_PAGE};
}

void
memory_fetch(Memory *m, const uint64_t *objects, uint32_t n, uint64_t size)
{
    Batch b;
    b.n = 0;
    for (uint32_t i = 0; i < n; i++) {
        add_page(m, &b, objects[i] & ~(uint64_t)(MEMORY_PAGE - 1));
        add_page(m, &b, (objects[i] + size) & ~(uint64_t)(MEMORY_PAGE - 1));
    }
    if (b.n < 2)
        return; /* reading it costs the same */
    ssize_t got = process_vm_readv(m->pid, b.local, b.n, b.remote, b.n, 0);
    for (uint32_t i = 0; got >= MEMORY_PAGE; i++, got -= MEMORY_PAGE) {
        uint64_t address = (uint64_t)(uintptr_t)b.remote[i].iov_base;
        m->at[(address / MEMORY_PAGE) % MEMORY_PAGES] = address;
    }
}

/* Where the piece that begins there is known, or could be. */
static uint8_t *
place_of(Memory *m, uint64_t address)
{
    uint32_t i = (uint32_t)(address >> 4 ^ address >> 12) % MEMORY_PLACES;
    while (m->place[i] && m->piece_at[m->place[i] - 1] != address)
        i = (i + 1) % MEMORY_PLACES;
    return &m->place[i];
}

static const uint8_t *
in_piece(Memory *m, uint64_t address, size_t n)
{
    enum { STEP = 16 };
    uint64_t from = address & ~(uint64_t)(STEP - 1);
    for (int i = 0; m->pieces && i < MEMORY_PIECE / STEP; i++, from -= STEP) {
        uint8_t found = *place_of(m, from);
        if (found && address - from + n <= MEMORY_PIECE)
            return m->piece[found - 1] + (address - from);
    }
    return NULL;
}

void
memory_gather(Memory *m, const MemoryWish *wishes, uint32_t n)
{
    struct iovec local[MEMORY_PIECES], remote[MEMORY_PIECES];
    uint32_t parts = 0, pieces = m->pieces;
    for (uint32_t i = 0; i < n && pieces + wishes[i].pieces <= MEMORY_PIECES; i++) {
        size_t size = (size_t)wishes[i].pieces * MEMORY_PIECE;
        local[parts] = (struct iovec){m->piece[pieces], size};
        remote[parts++] = (struct iovec){(void *)(uintptr_t)wishes[i].address, size};
        pieces += wishes[i].pieces;
    }
    ssize_t got = parts ? process_vm_readv(m->pid, local, parts, remote, parts, 0) : 0;
    for (uint32_t i = 0; i < parts && got >= (ssize_t)local[i].iov_len; i++) {
        got -= (ssize_t)local[i].iov_len;
        uint64_t address = (uint64_t)(uintptr_t)remote[i].iov_base;
        for (uint32_t k = 0; k < wishes[i].pieces; k++, address += MEMORY_PIECE) {
            uint8_t *place = place_of(m, address);
            m->piece_at[m->pieces++] = address;
            *place = (uint8_t)m->pieces;
        }
    }
}

bool
memory_read(Memory *m, uint64_t address, void *to, size_t n)
{
    const uint8_t *piece = in_piece(m, address, n);
    if (piece) {
        memcpy(to, piece, n);
        return true;
    }
    for (uint8_t *out = to; n;) {
        uint64_t start = address & ~(uint64_t)(MEMORY_PAGE - 1);
        size_t skip = address - start, part = MEMORY_PAGE - skip < n ? MEMORY_PAGE - skip : n;
        const uint8_t *page = page_at(m, start);
        if (!page)
            return false;
        memcpy(out, page + skip, part);
        out += part;
        address += part;
        n -= part;
    }
    return true;
}

uint64_t
memory_u64(Memory *m, uint64_t address)
{
    uint64_t v;
    return memory_read(m, address, &v, sizeof v) ? v : 0;
}

int32_t
memory_i32(Memory *m, uint64_t address)
{
    int32_t v;
    return memory_read(m, address, &v, sizeof v) ? v : 0;
}

uint8_t
memory_u8(Memory *m, uint64_t address)
{
    uint8_t v;
    return memory_read(m, address, &v, sizeof v) ? v : 0;
}

bool
memory_string(Memory *m, uint64_t address, char *to, size_t n)
{
    for (size_t i = 0; i + 1 < n; i++) {
        if (!memory_read(m, address + i, &to[i], 1))
            return false;
        if (!to[i])
            return true;
    }
    to[n - 1] = 0;
    return n > 0;
}

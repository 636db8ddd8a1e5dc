/* Container first (header, section table, digests), then the manifest's JSON.  The layout is
 * specified in schemas/bundle.md; what changes here changes there. */
#define _GNU_SOURCE
#include "bundle.h"

#include "bundlejson.h"
#include "digest.h"
#include "fileio.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

static const char magic[8] = {'P', 'Y', 'O', 'B', '\r', '\n', '\x1a', '\n'};

enum { HeaderLen = 24, EntryLen = 72, MaxSections = 16, NameLen = 8 };
enum { CodecRaw = 0, CodecZstd = 1, ZstdLevel = 9 };
static const uint64_t max_section = UINT64_C(1) << 30;

typedef struct Section {
    char name[NameLen + 1];
    uint64_t offset, stored, size;
    uint32_t codec;
    Digest digest;
} Section;

static void
put(uint8_t *at, uint64_t v, int n)
{
    for (int i = 0; i < n; i++)
        at[i] = (uint8_t)(v >> (8 * i));
}

static uint64_t
get(const uint8_t *at, int n)
{
    uint64_t v = 0;
    for (int i = 0; i < n; i++)
        v |= (uint64_t)at[i] << (8 * i);
    return v;
}

/* --- writing ----------------------------------------------------------------------- */

typedef struct Writer {
    Arena *arena;
    uint8_t *head; /* header, table and its digest; filled in at the end */
    size_t n_head;
    StrBuf body;
    uint32_t n;
} Writer;

static void
add_section(Writer *w, const char *name, const void *bytes, size_t n, uint32_t codec)
{
    const void *stored = bytes;
    size_t n_stored = n;
    if (codec == CodecZstd) {
        size_t bound = ZSTD_compressBound(n);
        void *packed = arena_alloc(w->arena, bound);
        n_stored = ZSTD_compress(packed, bound, bytes, n, ZstdLevel);
        if (ZSTD_isError(n_stored))
            die("zstd: %s", ZSTD_getErrorName(n_stored));
        stored = packed;
    }
    uint8_t *e = w->head + HeaderLen + (size_t)w->n++ * EntryLen;
    memcpy(e, name, strlen(name));
    put(e + 8, w->n_head + w->body.n, 8);
    put(e + 16, n_stored, 8);
    put(e + 24, n, 8);
    put(e + 32, codec, 4);
    Digest d = digest_of(stored, n_stored);
    memcpy(e + 40, d.b, DIGEST_LEN);
    sb_write(&w->body, stored, n_stored);
}

bool
bundle_write(const char *path, const Bundle *b, Err *err)
{
    enum { N = 3 };
    Writer w = {.arena = arena_new()};
    w.n_head = HeaderLen + N * EntryLen + DIGEST_LEN;
    w.head = arena_alloc(w.arena, w.n_head);
    sb_init(&w.body, w.arena);
    const char *manifest = bundlejson_write(w.arena, b);
    add_section(&w, "manifest", manifest, strlen(manifest), CodecRaw);
    add_section(&w, "explain", b->explain, strlen(b->explain), CodecZstd);
    add_section(&w, "so", b->so, b->n_so, CodecZstd);
    assert(w.n == N);
    memcpy(w.head, magic, sizeof magic);
    put(w.head + 8, BUNDLE_FORMAT, 4);
    put(w.head + 12, N, 4);
    put(w.head + 16, w.n_head + w.body.n, 8);
    Digest d = digest_of(w.head, w.n_head - DIGEST_LEN);
    memcpy(w.head + w.n_head - DIGEST_LEN, d.b, DIGEST_LEN);
    StrBuf all;
    sb_init(&all, w.arena);
    sb_write(&all, w.head, w.n_head);
    sb_write(&all, w.body.s, w.body.n);
    bool ok = fileio_write(path, all.s, all.n, 0644, err);
    arena_free(w.arena);
    return ok;
}

/* --- reading ----------------------------------------------------------------------- */

static bool
damaged(Err *err, const char *how)
{
    return err_set(err, ErrCorrupt, "the bundle is damaged (%s); compile it again", how);
}

/* Header and section table, checked. */
static bool
read_table(const uint8_t *bytes, size_t n, Section *out, uint32_t *count, Err *err)
{
    if (n < sizeof magic || memcmp(bytes, magic, sizeof magic) != 0)
        return err_set(err, ErrBadFormat, "not a bundle; pyopt compile makes one from a profile");
    if (n < HeaderLen)
        return damaged(err, "truncated");
    uint64_t format = get(bytes + 8, 4), sections = get(bytes + 12, 4);
    if (format > BUNDLE_FORMAT)
        return err_set(err, ErrNewerFormat,
                       "the bundle has format %u, this pyopt reads up to %d: use a newer pyopt",
                       (unsigned)format, BUNDLE_FORMAT);
    if (format < 1 || sections < 1 || sections > MaxSections)
        return damaged(err, "bad header");
    if (get(bytes + 16, 8) > n)
        return damaged(err, "truncated");
    size_t head = HeaderLen + (size_t)sections * EntryLen;
    if (get(bytes + 16, 8) != n || head + DIGEST_LEN > n)
        return damaged(err, "wrong size");
    Digest d = digest_of(bytes, head);
    if (memcmp(d.b, bytes + head, DIGEST_LEN) != 0)
        return damaged(err, "header digest");
    for (uint32_t i = 0; i < sections; i++) {
        const uint8_t *e = bytes + HeaderLen + (size_t)i * EntryLen;
        Section *s = &out[i];
        *s = (Section){.offset = get(e + 8, 8),
                       .stored = get(e + 16, 8),
                       .size = get(e + 24, 8),
                       .codec = (uint32_t)get(e + 32, 4)};
        memcpy(s->name, e, NameLen);
        memcpy(s->digest.b, e + 40, DIGEST_LEN);
        if (s->offset < head + DIGEST_LEN || s->offset > n || s->stored > n - s->offset ||
            s->size > max_section)
            return damaged(err, "section bounds");
    }
    *count = (uint32_t)sections;
    return true;
}

/* The one section of that name, its digest checked. */
static const Section *
find_section(const uint8_t *bytes, const Section *table, uint32_t n, const char *name, Err *err)
{
    const Section *s = NULL;
    for (uint32_t i = 0; i < n; i++) {
        if (strcmp(table[i].name, name) != 0)
            continue;
        if (s) {
            damaged(err, "a section is there twice");
            return NULL;
        }
        s = &table[i];
    }
    if (!s) {
        damaged(err, "a section is missing");
        return NULL;
    }
    Digest d = digest_of(bytes + s->offset, s->stored);
    if (!digest_equal(&d, &s->digest)) {
        damaged(err, "section digest");
        return NULL;
    }
    return s;
}

/* Its content, with a NUL behind it. */
static const char *
unpack_section(Arena *a, const uint8_t *bytes, const Section *s, Err *err)
{
    char *to = arena_alloc(a, s->size + 1);
    if (s->codec == CodecRaw && s->stored == s->size)
        memcpy(to, bytes + s->offset, s->size);
    else if (s->codec != CodecZstd ||
             ZSTD_decompress(to, s->size, bytes + s->offset, s->stored) != s->size) {
        damaged(err, "compression");
        return NULL;
    }
    return to;
}

bool
bundle_parse(Arena *a, const void *bytes, size_t n, unsigned parts, Bundle *out, Err *err)
{
    Section table[MaxSections];
    uint32_t count = 0;
    *out = (Bundle){0};
    if (!read_table(bytes, n, table, &count, err))
        return false;
    const Section *manifest = find_section(bytes, table, count, "manifest", err);
    const Section *explain = manifest ? find_section(bytes, table, count, "explain", err) : NULL;
    const Section *so = explain ? find_section(bytes, table, count, "so", err) : NULL;
    const char *json = so ? unpack_section(a, bytes, manifest, err) : NULL;
    if (!json)
        return false;
    if (!bundlejson_read(a, json, manifest->size, out))
        return damaged(err, "manifest");
    out->n_so = so->size;
    out->so_digest = so->digest;
    if (parts & BundleExplain && !(out->explain = unpack_section(a, bytes, explain, err)))
        return false;
    return !(parts & BundleSo) || (out->so = unpack_section(a, bytes, so, err));
}

/* As bundle_parse(), with the path in front of what is said. */
static bool
parse_file(Arena *a, const char *path, const void *bytes, size_t n, unsigned parts, Bundle *out,
           Err *err)
{
    Err why = {0};
    return bundle_parse(a, bytes, n, parts, out, &why) ||
           err_set(err, why.kind, "%s: %.400s", path, why.msg);
}

Bundle *
bundle_read(Arena *a, const char *path, unsigned parts, Err *err)
{
    void *bytes;
    size_t n;
    Bundle *b = arena_new_of(a, Bundle);
    if (!fileio_read(a, path, &bytes, &n, err) || !parse_file(a, path, bytes, n, parts, b, err))
        return NULL;
    return b;
}

const char *
bundle_unpack(Arena *a, const char *path, const char *cache_dir, Err *err)
{
    void *bytes;
    size_t n;
    Bundle b;
    if (!fileio_read(a, path, &bytes, &n, err) || !parse_file(a, path, bytes, n, 0, &b, err))
        return NULL;
    char hex[DIGEST_HEX];
    digest_hex(&b.so_digest, hex);
    const char *dir = arena_printf(a, "%s/%s", cache_dir, hex);
    const char *so = arena_printf(a, "%s/bundle.so", dir);
    struct stat st;
    if (lstat(so, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
        (size_t)st.st_size == b.n_so && !(st.st_mode & 022))
        return so;
    if (!parse_file(a, path, bytes, n, BundleSo, &b, err) || !fileio_mkdirs(dir, 0700, err) ||
        !fileio_write(so, b.so, b.n_so, 0600, err))
        return NULL;
    return so;
}

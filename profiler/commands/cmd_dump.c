/* pyprof dump: one walk over every thread, told at once. */
#include "attach.h"
#include "cli.h"
#include "samples.h"
#include "term.h"
#include "threads.h"

#include "linetab.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct Dump {
    bool json, colour;
    Arena *arena;
    Collect collect;
    ElfFiles files;
    uint32_t n; /* threads told so far */
} Dump;

static void
put_frame(Dump *d, StrBuf *json, const Step *s, uint32_t i)
{
    const PyCode *c = s->code->c;
    bool python = s->code->kind == ProfPython;
    int line = python ? linetab_line(c->linetable, c->linetable_len, c->firstlineno, s->unit) : 0;
    if (!d->json) {
        printf("    %s%s%s  %s", term_style(d->colour, python ? TermBold : TermPlain), c->qualname,
               term_style(d->colour, TermPlain), c->filename);
        printf(python ? ":%d\n" : "\n", line);
        return;
    }
    sb_puts(json, i ? ", {\"name\": " : "{\"name\": ");
    sb_json(json, c->qualname);
    sb_puts(json, ", \"file\": ");
    sb_json(json, c->filename);
    sb_printf(json, ", \"line\": %d, \"kind\": \"%s\"}", line, python ? "python" : "native");
}

static void
put_frames(Dump *d, Remote *r, StrBuf *json, const uint64_t *words, uint32_t n)
{
    Step path[PATHS_MAX];
    uint32_t steps = samples_path(&d->collect, r->t, words, n, path);
    for (uint32_t i = 0; i < steps; i++)
        put_frame(d, json, &path[i], i);
}

static void
dump_thread(Dump *d, Remote *r, const RemoteThread *t)
{
    uint64_t words[RING_MAX_RECORD];
    StrBuf json;
    bool runs = remote_runs(r, t);
    uint32_t n = remote_sample(r, &d->collect, t, words);
    const char *name = threads_name(r->t, d->arena, t->tid);
    sb_init(&json, d->arena);
    if (d->json) {
        sb_printf(&json, "%s\n{\"process\": %d, \"thread\": %d, \"name\": ", d->n ? "," : "",
                  (int)r->t->pid, (int)t->tid);
        sb_json(&json, name);
        sb_printf(&json, ", \"running\": %s, \"gil\": %s, \"frames\": [", runs ? "true" : "false",
                  t->holds_gil ? "true" : "false");
    } else {
        printf("%sthread %d%s %s (%s%s)\n", term_style(d->colour, TermGreen), (int)t->tid,
               term_style(d->colour, TermPlain), name, runs ? "running" : "waiting",
               t->holds_gil ? ", holds the GIL" : "");
    }
    if (n)
        put_frames(d, r, &json, words, n);
    else if (!d->json)
        puts("    (no Python frame that could be read)");
    if (d->json)
        printf("%s]}", json.s);
    d->n++;
}

static void
dump_process(Dump *d, Remote *r)
{
    RemoteThread threads[REMOTE_THREADS];
    unsigned v = r->t->hexversion;
    uint32_t n = remote_threads(r, threads);
    if (!d->json)
        printf("process %d: Python %u.%u.%u (%s)\n", (int)r->t->pid, v >> 24, v >> 16 & 255,
               v >> 8 & 255, r->t->python);
    for (uint32_t i = n; i-- > 0;) /* the main thread was made first and is last in the list */
        dump_thread(d, r, &threads[i]);
}

int
cmd_dump(const Cli *cli)
{
    pid_t pid = cli_pid(cli);
    if (!pid)
        return cli_usage(cli, "dump needs one process number");
    Err err = {0};
    Attach a;
    AttachOptions how = {.subprocesses = cli_has(cli, "subprocesses"),
                         .native = cli_has(cli, "native")};
    Dump d = {.json = cli_has(cli, "json"), .colour = term_colour(stdout), .arena = arena_new()};
    collect_init(&d.collect);
    elffiles_init(&d.files);
    d.collect.files = how.native ? &d.files : NULL;
    bool ok = attach_open(&a, pid, how, &err);
    if (ok) {
        attach_look(&a);
        fputs(d.json ? "{\"schema\": 1, \"threads\": [" : "", stdout);
        for (uint32_t i = 0; i < a.at.n; i++)
            dump_process(&d, a.at.at[i].r);
        fputs(d.json ? "]}\n" : "", stdout);
    }
    attach_close(&a);
    collect_free(&d.collect);
    elffiles_free(&d.files);
    arena_free(d.arena);
    return ok ? 0 : cli_fail(&err);
}

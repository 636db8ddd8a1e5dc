/* pyprof top: a picture every second of what was counted since the last. */
#define _GNU_SOURCE
#include "attach.h"
#include "cli.h"
#include "recording.h"
#include "term.h"

#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { ROWS = 24, COLUMNS = 80 };

typedef struct Row {
    Code *code;
    uint64_t self, total;
} Row;

typedef struct Top {
    Attach attach;
    Collect collect;
    double rate, delay, count;
    bool screen; /* standard output is a terminal to draw on */
    bool keys;   /* and standard input to read keys from */
    bool by_total, paused, ended;
    struct termios before;
    uint64_t all; /* samples since the beginning */
} Top;

static int
by_self(const void *a, const void *b)
{
    const Row *x = a, *y = b;
    uint64_t i = x->self << 32 | x->total, k = y->self << 32 | y->total;
    return i != k ? (i < k ? 1 : -1) : strcmp(x->code->c->qualname, y->code->c->qualname);
}

static int
by_total(const void *a, const void *b)
{
    const Row *x = a, *y = b;
    uint64_t i = x->total << 32 | x->self, k = y->total << 32 | y->self;
    return i != k ? (i < k ? 1 : -1) : strcmp(x->code->c->qualname, y->code->c->qualname);
}

static Row *
rows_of(const Top *t, Arena *a, uint32_t *n)
{
    const Collect *c = &t->collect;
    Row *rows = arena_array(a, Row, c->codes.n + 1);
    for (uint32_t i = 0; i < c->codes.n; i++)
        rows[i].code = c->codes.at[i];
    for (MapSlot *s = map_first(&c->now.self); s; s = map_next(&c->now.self, s))
        rows[KEY_CODE(s->key) - 1].self += s->value;
    for (MapSlot *s = map_first(&c->now.total); s; s = map_next(&c->now.total, s))
        rows[KEY_CODE(s->key) - 1].total += s->value;
    *n = c->codes.n;
    if (*n)
        qsort(rows, *n, sizeof *rows, t->by_total ? by_total : by_self);
    return rows;
}

static uint32_t
room(const Top *t, uint32_t *width)
{
    struct winsize w = {.ws_row = ROWS, .ws_col = COLUMNS};
    if (t->screen)
        ioctl(STDOUT_FILENO, TIOCGWINSZ, &w);
    *width = w.ws_col ? w.ws_col : COLUMNS; /* a terminal that does not know says 0 */
    return w.ws_row > 6 ? w.ws_row - 5u : ROWS;
}

static void
draw(Top *t)
{
    Arena *a = arena_new();
    uint32_t n, width, most = room(t, &width);
    Row *rows = rows_of(t, a, &n);
    double whole = (double)t->collect.now.samples;
    bool colour = term_colour(stdout);
    if (t->screen)
        fputs("\033[H\033[2J", stdout);
    printf("process %d%s: %u %s, %.0f samples in %.1f s (%llu in all)%s\n\n", (int)t->attach.root,
           t->attach.opt.subprocesses ? " and below" : "", (unsigned)t->attach.at.n,
           t->attach.at.n == 1 ? "process" : "processes", whole, t->delay,
           (unsigned long long)t->all, t->paused ? ", paused" : "");
    printf("%s  self  total  function%s\n", term_style(colour, TermBold),
           term_style(colour, TermPlain));
    for (uint32_t i = 0; i < n && i < most && rows[i].total && whole > 0; i++) {
        const PyCode *c = rows[i].code->c;
        const char *line = arena_printf(
            a, "%5.1f%% %5.1f%%  %s  %s:%d", 100 * (double)rows[i].self / whole,
            100 * (double)rows[i].total / whole, c->qualname, c->filename, c->firstlineno);
        printf("%.*s\n", t->screen ? (int)width - 1 : 1 << 12, line);
    }
    fflush(stdout);
    arena_free(a);
}

static void
obey(Top *t)
{
    char key;
    if (read(STDIN_FILENO, &key, 1) != 1) {
        t->keys = false;
        return;
    }
    switch (key) {
    case 'q':
    case 3: t->ended = true; break; /* Ctrl-C */
    case 't': t->by_total = true; break;
    case 's': t->by_total = false; break;
    case 'p': t->paused = !t->paused; break;
    case 'r':
        collect_reset(&t->collect);
        t->all = 0;
        break;
    }
}

static void
wait_for(Top *t, double seconds)
{
    struct timespec ts = {(time_t)seconds, (long)(1e9 * (seconds - (double)(time_t)seconds))};
    struct pollfd key = {.fd = STDIN_FILENO, .events = POLLIN};
    if (seconds > 0 && ppoll(&key, t->keys, &ts, NULL) > 0)
        obey(t);
}

static void
run(Top *t)
{
    for (double shown = 0; !t->ended && (t->count == 0 || shown < t->count); shown++) {
        double begun = recording_now(), next = begun;
        while (!t->ended && recording_now() < begun + t->delay) {
            if (!t->paused)
                attach_round(&t->attach, &t->collect);
            next += 1 / t->rate;
            wait_for(t, fmin(next, begun + t->delay) - recording_now());
            next = fmax(next, recording_now() - 1 / t->rate);
        }
        t->all += t->collect.now.samples;
        t->ended = !attach_look(&t->attach) || t->ended;
        draw(t);
        if (!t->paused)
            collect_reset(&t->collect);
    }
}

/* Keys come one by one and are not echoed; signals end us as ever, and the terminal is put back. */
static void
take_terminal(Top *t)
{
    t->screen = isatty(STDOUT_FILENO);
    t->keys = t->screen && isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &t->before) == 0;
    if (!t->keys)
        return;
    struct termios raw = t->before;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG); /* Ctrl-C is a key: the end */
    tcsetattr(STDIN_FILENO, TCSANOW, &raw);
}

int
cmd_top(const Cli *cli)
{
    pid_t pid = cli_pid(cli);
    Top t = {.rate = cli_number(cli, "rate", 1, 10000, 100),
             .delay = cli_number(cli, "delay", 0.1, 3600, 1),
             .count = cli_number(cli, "count", 1, 1e9, 0)};
    if (isnan(t.rate) || isnan(t.delay) || isnan(t.count))
        return err_exit_status(ErrUsage);
    if (!pid)
        return cli_usage(cli, "top needs one process number");
    Err err = {0};
    AttachOptions how = {.subprocesses = cli_has(cli, "subprocesses"),
                         .idle = cli_has(cli, "idle"),
                         .gil = cli_has(cli, "gil")};
    if (!attach_open(&t.attach, pid, how, &err)) {
        attach_close(&t.attach);
        return cli_fail(&err);
    }
    collect_init(&t.collect);
    take_terminal(&t);
    bool was = t.keys;
    run(&t);
    if (was)
        tcsetattr(STDIN_FILENO, TCSANOW, &t.before);
    collect_free(&t.collect);
    attach_close(&t.attach);
    return 0;
}

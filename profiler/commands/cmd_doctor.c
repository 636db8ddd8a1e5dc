/* pyprof doctor: what recording needs of a host, tried out rather than asked for where that can be
 * done, with the way to fix what is missing. */
#define _GNU_SOURCE
#include "cli.h"
#include "perf_clock.h"
#include "term.h"
#include "timer_clock.h"

#include "pyver.h"
#include "rate.h"
#include "spawn.h"
#include "strbuf.h"
#include "vec.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

typedef enum Grade { Good, Worse, Bad } Grade; /* Bad: a command could not be recorded */

typedef struct Finding {
    const char *name, *found, *fix; /* fix NULL: nothing to do */
    Grade grade;
} Finding;

typedef struct Doctor {
    Arena *arena;
    Vec(Finding) findings;
} Doctor;

static void
say(Doctor *d, const char *name, Grade g, const char *found, const char *fix)
{
    vec_push(d->arena, &d->findings, (Finding){name, found, fix, g});
}

/* A small number in a file of the kernel's, or `otherwise`. */
static long
read_number(const char *path, long otherwise)
{
    FILE *f = fopen(path, "r");
    long v;
    if (!f)
        return otherwise;
    if (fscanf(f, "%ld", &v) != 1)
        v = otherwise;
    fclose(f);
    return v;
}

static bool
perf_works(int *error)
{
    int fd = perf_clock_open(1000000);
    *error = errno;
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static void
look_at_timers(Doctor *d)
{
    uint64_t from = timer_clock_from();
    if (from == UINT64_MAX)
        say(d, "CPU timers", Good,
            "not used where perf events work: they may cut system calls short", NULL);
    else
        say(d, "CPU timers", Good,
            arena_printf(d->arena, "the clock up to %d samples a second", (int)(1000000000 / from)),
            NULL);
}

/* What `record` uses for rates beyond the timers'. */
static void
look_beyond_timers(Doctor *d)
{
    uint64_t from = timer_clock_from();
    double beyond = from == UINT64_MAX ? 0 : 1e9 / (double)from;
    if (beyond && rate_is_for_outside(1 + beyond))
        say(d, "faster", Good,
            "from outside: threads are looked at while they run, for an interrupt costs much here",
            NULL);
    else if (beyond)
        say(d, "faster", Good, "perf events: an interrupt costs little here", NULL);
}

static void
look_at_perf(Doctor *d)
{
    enum { NOBODY = 99 };
    int error;
    long paranoid = read_number("/proc/sys/kernel/perf_event_paranoid", NOBODY);
    if (perf_works(&error)) {
        say(d, "perf events", Good,
            arena_printf(d->arena, "they work (perf_event_paranoid %ld)", paranoid), NULL);
        return;
    }
    const char *found = arena_printf(
        d->arena,
        "%s (perf_event_paranoid %ld): native stacks at more than the CPU timers' rate "
        "are not to be had",
        strerror(error), paranoid);
    if (error == EPERM || error == EACCES)
        say(d, "perf events", Worse, found,
            paranoid > 2 ? "sysctl kernel.perf_event_paranoid=2"
                         : "in a container: allow perf_event_open in its seccomp profile, or add "
                           "the capability PERFMON");
    else
        say(d, "perf events", Worse, found, "a kernel with CONFIG_PERF_EVENTS");
}

/* Reads a child's memory, as the recorder does a command's. */
static bool
memory_works(int *error)
{
    volatile long there = 4711;
    long here = 0;
    pid_t child = fork();
    if (child == 0) {
        pause();
        _exit(0);
    }
    struct iovec local = {&here, sizeof here}, remote = {(void *)(uintptr_t)&there, sizeof there};
    bool ok = child > 0 && process_vm_readv(child, &local, 1, &remote, 1, 0) == sizeof here;
    *error = errno;
    if (child > 0) {
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
    }
    return ok && here == there;
}

static void
look_at_memory(Doctor *d)
{
    int error;
    if (memory_works(&error))
        say(d, "memory of children", Good, "it can be read", NULL);
    else
        say(d, "memory of children", Bad,
            arena_printf(d->arena, "process_vm_readv: %s", strerror(error)),
            "in a container: allow process_vm_readv in its seccomp profile (docker: --cap-add "
            "SYS_PTRACE)");
}

static bool
has_capability(int bit)
{
    char line[128];
    unsigned long long set = 0;
    FILE *f = fopen("/proc/self/status", "r");
    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "CapEff: %llx", &set) == 1)
            break;
    if (f)
        fclose(f);
    return set >> bit & 1;
}

static void
look_at_attaching(Doctor *d)
{
    enum { CAP_PTRACE = 19 };
    long scope = read_number("/proc/sys/kernel/yama/ptrace_scope", 0);
    if (has_capability(CAP_PTRACE))
        say(d, "attaching", Good, "to every process (capability SYS_PTRACE)", NULL);
    else if (scope == 0)
        say(d, "attaching", Good, "to processes of this user (ptrace_scope 0)", NULL);
    else
        say(d, "attaching", Worse,
            arena_printf(d->arena,
                         "only to descendants (ptrace_scope %ld); recording a command works",
                         scope),
            scope < 3 ? "sysctl kernel.yama.ptrace_scope=0, or run as root"
                      : "a restart: ptrace_scope 3 cannot be lowered");
}

static void
look_at_seccomp(Doctor *d)
{
    int mode = prctl(PR_GET_SECCOMP, 0, 0, 0, 0);
    say(d, "seccomp", Good,
        mode == 2 ? "a filter is in force; what it forbids shows above" : "none", NULL);
}

static void
look_at_shared_memory(Doctor *d)
{
    int fd = memfd_create("pyprof", MFD_CLOEXEC);
    if (fd >= 0)
        say(d, "shared memory", Good, "memfd_create works", NULL);
    else
        say(d, "shared memory", Bad, arena_printf(d->arena, "memfd_create: %s", strerror(errno)),
            "a kernel from 3.17 on, or a seccomp profile that allows memfd_create");
    if (fd >= 0)
        close(fd);
}

static void
look_at_agent(Doctor *d)
{
    Err err = {0};
    const char *path = spawn_agent_path(d->arena, &err);
    if (path)
        say(d, "agent", Good, path, NULL);
    else
        say(d, "agent", Bad, arena_strdup(d->arena, err.msg), "install pyprof with its lib folder");
}

/* "3.11.2" of an interpreter; false when it says something else. */
static bool
version_of(Doctor *d, const char *python, int *major, int *minor, const char **text)
{
    char line[128] = "";
    FILE *p = popen(arena_printf(d->arena, "'%s' -V 2>&1", python), "r");
    if (!p)
        return false;
    bool ok = fgets(line, sizeof line, p) && sscanf(line, "Python %d.%d", major, minor) == 2;
    pclose(p);
    line[strcspn(line, "\n")] = 0;
    *text = arena_strdup(d->arena, line);
    return ok;
}

/* python3 and python3.N, not python3-config or python3.11-dbg-config. */
static bool
is_python(const char *name)
{
    static const char prefix[] = "python3";
    if (strncmp(name, prefix, sizeof prefix - 1) != 0)
        return false;
    name += sizeof prefix - 1;
    return !*name || (*name == '.' && name[1 + strspn(name + 1, "0123456789")] == 0);
}

static void
look_at_folder(Doctor *d, const char *folder, uint32_t *n)
{
    struct dirent *e;
    DIR *dir = opendir(folder);
    while (dir && (e = readdir(dir))) {
        int major, minor;
        const char *text, *path = arena_printf(d->arena, "%s/%s", folder, e->d_name);
        if (!is_python(e->d_name) || access(path, X_OK) || strchr(path, '\'') ||
            !version_of(d, path, &major, &minor, &text))
            continue;
        bool known = pyver_find(major, minor) != NULL;
        *n += known;
        say(d, path, Good,
            arena_printf(d->arena, "%s%s", text, known ? "" : ": not supported, runs unsampled"),
            NULL);
    }
    if (dir)
        closedir(dir);
}

static void
look_at_pythons(Doctor *d)
{
    uint32_t n = 0;
    char *path = arena_strdup(d->arena, getenv("PATH") ? getenv("PATH") : "");
    for (char *save, *f = strtok_r(path, ":", &save); f; f = strtok_r(NULL, ":", &save))
        look_at_folder(d, f, &n);
    if (!n)
        say(d, "Pythons", Worse, "none in PATH that is supported",
            arena_printf(d->arena, "supported: %s", pyver_supported()));
}

static void
put_json(const Doctor *d, bool ok)
{
    static const char *const grades[] = {"good", "limited", "bad"};
    StrBuf b;
    sb_init(&b, d->arena);
    sb_printf(&b, "{\"schema\": 1, \"ok\": %s, \"rate\": %.0f, \"findings\": [",
              ok ? "true" : "false", rate_for_this_machine(false));
    for (uint32_t i = 0; i < d->findings.n; i++) {
        const Finding *f = &d->findings.at[i];
        sb_puts(&b, i ? ",\n{\"name\": " : "\n{\"name\": ");
        sb_json(&b, f->name);
        sb_printf(&b, ", \"grade\": \"%s\", \"found\": ", grades[f->grade]);
        sb_json(&b, f->found);
        sb_puts(&b, ", \"fix\": ");
        if (f->fix)
            sb_json(&b, f->fix);
        else
            sb_puts(&b, "null");
        sb_putc(&b, '}');
    }
    printf("%s]}\n", b.s);
}

static void
put_text(const Doctor *d, bool ok)
{
    static const char *const marks[] = {"ok", "limited", "bad"};
    static const TermStyle styles[] = {TermGreen, TermYellow, TermRed};
    bool colour = term_colour(stdout);
    for (uint32_t i = 0; i < d->findings.n; i++) {
        const Finding *f = &d->findings.at[i];
        printf("%s%-8s%s %s: %s\n", term_style(colour, styles[f->grade]), marks[f->grade],
               term_style(colour, TermPlain), f->name, f->found);
        if (f->fix)
            printf("         fix: %s\n", f->fix);
    }
    printf("\nrate that costs less than 1 %% here: %.0f a second\n", rate_for_this_machine(false));
    if (!ok)
        puts("a command cannot be recorded on this host");
}

int
cmd_doctor(const Cli *cli)
{
    Doctor d = {.arena = arena_new()};
    look_at_timers(&d);
    look_beyond_timers(&d);
    look_at_perf(&d);
    look_at_memory(&d);
    look_at_attaching(&d);
    look_at_seccomp(&d);
    look_at_shared_memory(&d);
    look_at_agent(&d);
    look_at_pythons(&d);
    bool ok = true;
    for (uint32_t i = 0; i < d.findings.n; i++)
        ok = ok && d.findings.at[i].grade != Bad;
    if (cli_has(cli, "json"))
        put_json(&d, ok);
    else
        put_text(&d, ok);
    arena_free(d.arena);
    return ok ? 0 : err_exit_status(ErrPermission);
}

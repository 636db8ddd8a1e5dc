/* pyprof merge: one transaction, so that a merge that is broken off has added nothing. */
#include "cli.h"
#include "term.h"

#include "fileio.h"
#include "profmerge.h"
#include "profwrite.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct Plan {
    const Cli *cli;
    const char *output;
    double decay, max_stacks;
    double *weights; /* one for each file */
} Plan;

/* "2,0.5,1": as many as there are files. */
static bool
parse_weights(const Cli *cli, double *weights)
{
    const char *s = cli_get(cli, "weights");
    for (int i = 0; i < cli->n_rest; i++) {
        char *end = NULL;
        weights[i] = s ? strtod(s, &end) : 1;
        if (s && (end == s || !(weights[i] > 0 && weights[i] <= 1e6) ||
                  *end != (i + 1 < cli->n_rest ? ',' : 0)))
            return false;
        s = s ? end + 1 : NULL;
    }
    return true;
}

static bool
same_file(const char *a, const char *b)
{
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static sqlite3 *
open_output(const Plan *p, Err *err)
{
    bool exists = fileio_exists(p->output);
    for (int i = 0; exists && i < p->cli->n_rest; i++)
        if (same_file(p->output, p->cli->rest[i])) {
            err_set(err, ErrUsage, "%s: is to be added to itself", p->output);
            return NULL;
        }
    if (exists && cli_has(p->cli, "append"))
        return profsql_open(p->output, true, err);
    if (exists && !cli_has(p->cli, "force")) {
        err_set(err, ErrExists,
                "%s: exists already (use --force to replace it, --append to add to it)", p->output);
        return NULL;
    }
    if (exists && unlink(p->output)) {
        err_set(err, ErrWrite, "%s: %s", p->output, strerror(errno));
        return NULL;
    }
    return profsql_create(p->output, err);
}

static bool
add_all(const Plan *p, sqlite3 *db, Err *err)
{
    const Cli *cli = p->cli;
    if (!profsql_exec(db, "BEGIN IMMEDIATE", err) ||
        (p->decay < 1 && !profmerge_decay(db, p->decay, err)))
        return false;
    for (int i = 0; i < cli->n_rest; i++) {
        if (!cli_has(cli, "quiet"))
            term_progress("merging %d of %d: %s", i + 1, cli->n_rest, cli->rest[i]);
        if (!profmerge_add(db, cli->rest[i], p->weights[i], err))
            return false;
    }
    return (p->max_stacks == 0 || profmerge_prune(db, (uint32_t)p->max_stacks, err)) &&
           profsql_exec(db, "COMMIT", err);
}

static bool
run(const Plan *p, Err *err)
{
    bool fresh = !fileio_exists(p->output) || !cli_has(p->cli, "append");
    sqlite3 *db = open_output(p, err);
    if (!db)
        return false;
    bool ok = add_all(p, db, err);
    sqlite3_close(db); /* rolls back what was not committed */
    term_progress_end();
    ok = ok && profwrite_branches(p->output, err);
    if (!ok && fresh)
        unlink(p->output);
    return ok;
}

int
cmd_merge(const Cli *cli)
{
    Plan p = {.cli = cli, .output = cli_get(cli, "output")};
    p.decay = cli_number(cli, "decay", 0, 1, 1);
    p.max_stacks = cli_number(cli, "max-stacks", 1, 1e7, 0);
    if (isnan(p.decay) || isnan(p.max_stacks))
        return err_exit_status(ErrUsage);
    if (!p.output || !cli->n_rest)
        return cli_usage(cli, "merge needs -o OUT and at least one profile");
    if (cli_has(cli, "append") && cli_has(cli, "force"))
        return cli_usage(cli, "--append and --force exclude each other");
    if (cli_has(cli, "decay") && !cli_has(cli, "append"))
        return cli_usage(cli, "--decay is for --append");
    Arena *a = arena_new();
    Err err = {0};
    p.weights = arena_array(a, double, cli->n_rest);
    int status = 0;
    if (!parse_weights(cli, p.weights))
        status = cli_usage(cli, "--weights takes a number above 0 for each file, with commas");
    else if (!run(&p, &err))
        status = cli_fail(&err);
    else if (!cli_has(cli, "quiet"))
        fprintf(stderr, "pyprof: merged %d %s into %s\n", cli->n_rest,
                cli->n_rest == 1 ? "profile" : "profiles", p.output);
    arena_free(a);
    return status;
}

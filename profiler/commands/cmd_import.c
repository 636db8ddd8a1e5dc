/* pyprof import: what perf has recorded.  perf's own file is read by perf script; a text that perf
 * script has printed elsewhere is taken as it is. */
#define _GNU_SOURCE
#include "cli.h"

#include "fileio.h"
#include "profimport.h"
#include "profwrite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NO_PERF = 127 };

static bool
is_perf_data(FILE *f)
{
    char magic[8] = "";
    bool is = fread(magic, 1, sizeof magic, f) == sizeof magic &&
              (memcmp(magic, "PERFILE2", sizeof magic) == 0 ||
               memcmp(magic, "2ELIFREP", sizeof magic) == 0);
    rewind(f);
    return is;
}

/* perf script as a process whose output is read. */
static FILE *
run_perf(const char *path, pid_t *pid, Err *err)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC)) {
        err_set(err, ErrFailed, "no pipe to perf: %s", strerror(errno));
        return NULL;
    }
    *pid = fork();
    if (*pid == 0) {
        int nothing = open("/dev/null", O_WRONLY);
        dup2(ends[1], STDOUT_FILENO);
        dup2(nothing, STDERR_FILENO);
        execlp("perf", "perf", "script", "--header", "-i", path, "-F", profimport_fields, NULL);
        _exit(NO_PERF);
    }
    close(ends[1]);
    return fdopen(ends[0], "r");
}

static sqlite3 *
open_output(const Cli *cli, const char *path, Err *err)
{
    bool exists = fileio_exists(path);
    if (exists && cli_has(cli, "append"))
        return profsql_open(path, true, err);
    if (exists && !cli_has(cli, "force")) {
        err_set(err, ErrExists,
                "%s: exists already (use --force to replace it, --append to add to it)", path);
        return NULL;
    }
    if (exists && unlink(path)) {
        err_set(err, ErrWrite, "%s: %s", path, strerror(errno));
        return NULL;
    }
    return profsql_create(path, err);
}

static bool
run(const Cli *cli, const char *output, ImportTotals *totals, Err *err)
{
    const char *path = cli->rest[0];
    pid_t perf = 0;
    FILE *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
    if (!in)
        return err_set(err, ErrNoFile, "%s: %s", path, strerror(errno));
    if (in != stdin && is_perf_data(in)) {
        fclose(in);
        in = run_perf(path, &perf, err);
    }
    bool fresh = !fileio_exists(output) || !cli_has(cli, "append");
    sqlite3 *db = in ? open_output(cli, output, err) : NULL;
    bool ok = db && profimport_perf(db, in, path, totals, err);
    sqlite3_close(db);
    if (db && !ok && fresh)
        unlink(output);
    if (in && in != stdin)
        fclose(in);
    int status = 0;
    if (perf > 0 && waitpid(perf, &status, 0) == perf && WIFEXITED(status) &&
        WEXITSTATUS(status) == NO_PERF)
        return err_set(err, ErrNoFile,
                       "perf is not installed (Debian has it as linux-perf): nothing reads %s",
                       path);
    return ok;
}

int
cmd_import(const Cli *cli)
{
    const char *output = cli_get(cli, "output");
    Err err = {0};
    ImportTotals t = {0};
    output = output ? output : "profile.db";
    if (cli->n_rest != 1)
        return cli_usage(cli, "import needs one perf.data");
    if (cli_has(cli, "append") && cli_has(cli, "force"))
        return cli_usage(cli, "--append and --force exclude each other");
    if (!run(cli, output, &t, &err))
        return cli_fail(&err);
    if (!cli_has(cli, "quiet"))
        fprintf(stderr, "pyprof: %llu samples, %llu of them in Python; wrote %s\n",
                (unsigned long long)t.samples, (unsigned long long)t.python, output);
    return 0;
}

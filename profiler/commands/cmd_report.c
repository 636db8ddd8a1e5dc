#include "cli.h"
#include "report.h"

#include <math.h>

int
cmd_report(const Cli *cli)
{
    double top = cli_number(cli, "top", 0, 1e6, 10);
    if (isnan(top))
        return err_exit_status(ErrUsage);
    if (cli->n_rest != 1)
        return cli_usage(cli, "report needs one profile");
    ReportOptions opt = {cli->rest[0], cli_has(cli, "json"), (unsigned)top};
    Err err = {0};
    return report_print(&opt, stdout, &err) ? 0 : cli_fail(&err);
}

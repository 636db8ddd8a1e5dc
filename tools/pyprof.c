/* pyprof: its commands are in profiler/commands, one file each. */
#include "cli.h"

int
main(int argc, char **argv)
{
    return cli_main(argc, argv);
}

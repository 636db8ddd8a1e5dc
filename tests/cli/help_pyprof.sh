# pyprof --help, and a command's own.
t pyprof --help
t pyprof export --help
t pyprof exp -h

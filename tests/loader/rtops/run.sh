#!/bin/sh
# run.sh DIR "COMPILER FLAGS" "SOURCES" [TEST...]: builds the test module against each Python found and runs the tests,
# all of them or those named (attr, global, seq, iter, ops, import, match; bench is run only when named).
dir=$1 compile=$2 sources=$3
shift 3
here=$(dirname "$0")
[ $# -gt 0 ] || set -- attr global seq iter ops call match
pythons=$(tests/unit/find_pythons.sh)
[ -n "$pythons" ] || exit 0
for python in $pythons; do
    out=$dir/$(echo "$python" | tr -c 'A-Za-z0-9.\n' '_')
    mkdir -p "$out"
    # -I, not -isystem: gcc resolves the symbolic links of system headers, and Debian's debug headers are links to the
    # others.
    include=$("$python" -c 'import sysconfig; print("-I" + sysconfig.get_path("include"))')
    # shellcheck disable=SC2086 # both are lists of words
    $compile -fPIC -shared $include -o "$out/rtops.so" "$here/rtops_ext.c" $sources || exit 1
    echo "rtops: $python"
    for test in "$@"; do
        PYTHONPATH=$out:$here PYTHONDONTWRITEBYTECODE=1 "$python" -W ignore "$here/rtops_$test.py" || exit 1
    done
done

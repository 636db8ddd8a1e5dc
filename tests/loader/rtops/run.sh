#!/bin/sh
# run.sh DIR "COMPILER FLAGS" "SOURCES" [TEST...]: builds the test module against each Python found and runs the tests,
# all of them or those named (attr, global, seq, iter, ops, call, match, gc; bench is run only when named).
dir=$1 compile=$2 sources=$3
shift 3
here=$(dirname "$0")
[ $# -gt 0 ] || set -- attr global seq iter ops call match gc
passed=0 failed=0
# The figures are those of generated code, which is compiled as the interpreter is; the tests keep its assertions.
[ "$*" = bench ] && compile="$compile -DNDEBUG -fno-plt"
for python in $(tests/unit/find_pythons.sh); do
    out=$dir/$(echo "$python" | tr -c 'A-Za-z0-9.\n' '_')
    mkdir -p "$out"
    # -I, not -isystem: gcc resolves the symbolic links of system headers, and Debian's debug headers are links to the
    # others.
    include=$("$python" -c 'import sysconfig; print("-I" + sysconfig.get_path("include"))')
    echo "rtops: $python"
    # shellcheck disable=SC2086 # both are lists of words
    if ! $compile -fPIC -shared $include -o "$out/rtops.so" "$here/rtops_ext.c" "$here/rtops_gc.c" $sources; then
        failed=$((failed + 1))
        continue
    fi
    for test in "$@"; do
        if PYTHONPATH=$out:$here PYTHONDONTWRITEBYTECODE=1 "$python" -W ignore "$here/rtops_$test.py"; then
            passed=$((passed + 1))
        else
            failed=$((failed + 1))
        fi
    done
done
echo "rtops: $passed passed, $failed failed"
[ $failed -eq 0 ]
